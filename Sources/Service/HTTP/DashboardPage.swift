/// The dashboard: one page that asks `/status` once a second. It shows data of others, so nothing of it is ever markup:
/// the script only sets text, and the policy lets no other script run.
enum DashboardPage {
    static let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"

    static let html = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Martlet</title>
        <link rel="stylesheet" href="dashboard.css">
        <header><h1 id="pipeline">Martlet</h1><p id="state">connecting …</p></header>
        <main>
          <section id="open" hidden><h2>Open incidents</h2><table id="incidents"></table></section>
          <section><h2>Sources</h2><table id="sources"></table></section>
          <section><h2>Operators</h2><table id="operators"></table></section>
          <section><h2>Sinks</h2><table id="sinks"></table></section>
          <section id="rows"></section>
        </main>
        <script src="dashboard.js"></script>
        </html>

        """

    static let style = """
        :root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
        body { margin: 0 auto; max-width: 72rem; padding: 1rem; }
        header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
        h1 { margin: 0; font-size: 1.5rem; } h2 { margin: 1.4rem 0 .3rem; font-size: 1rem; }
        #state { margin: 0; opacity: .75; }
        section { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { padding: .25rem .7rem .25rem 0; text-align: left; white-space: nowrap; }
        th { font-weight: 600; opacity: .7; border-bottom: 1px solid color-mix(in srgb, currentColor 30%, transparent); }
        td.number, th.number { text-align: right; }
        td.text { max-width: 40rem; overflow: hidden; text-overflow: ellipsis; }
        .bad { color: #c0392b; font-weight: 600; }

        """

    static let script = #"""
        'use strict';
        const group = n => Number(n).toLocaleString('en-US').replaceAll(',', ' ');
        let previous = null;

        function table(element, columns, rows) {
          const make = (name, text, isNumber) => {
            const cell = document.createElement(name);
            cell.textContent = text;
            cell.className = isNumber ? 'number' : 'text';
            return cell;
          };
          const head = document.createElement('tr');
          columns.forEach((column, i) => head.append(make('th', column, rows.some(r => typeof r[i] === 'number'))));
          const body = rows.map(row => {
            const line = document.createElement('tr');
            row.forEach(v => line.append(make('td', typeof v === 'number' ? group(v) : v ?? '', typeof v === 'number')));
            return line;
          });
          element.replaceChildren(head, ...body);
        }

        function show(status) {
          const seconds = previous ? status.seconds - previous.seconds : 0;
          const rate = (name, value) => seconds > 0 ? Math.round((value - previous.sources[name].read) / seconds) : 0;
          document.title = status.pipeline;
          document.getElementById('pipeline').textContent = status.pipeline;
          const state = document.getElementById('state');
          state.textContent = (status.stopping ? 'stopping' : 'running') + ' for ' + Math.round(status.seconds) + ' s, '
            + (status.balanced ? 'ledger balanced' : 'LEDGER NOT BALANCED');
          state.classList.toggle('bad', !status.balanced);
          table(document.getElementById('sources'), ['name', 'records/s', 'read', 'dead letters', 'watermark'],
            Object.entries(status.sources).map(([n, s]) => [n, rate(n, s.read), s.read, s.dead_letter, s.watermark]));
          table(document.getElementById('operators'),
            ['name', 'received', 'passed', 'filtered', 'duplicate', 'late', 'dead letters', 'folded', 'made', 'state KiB'],
            Object.entries(status.operators).map(([n, o]) => [n, o.received, o.passed, o.filtered, o.duplicate, o.late,
              o.dead_letter, o.folded, o.made, Math.round(o.state_bytes / 1024)]));
          table(document.getElementById('sinks'), ['name', 'received', 'committed', 'parked', 'held'],
            Object.entries(status.sinks).map(([n, s]) => [n, s.received, s.committed, s.parked, s.held]));
          const rows = document.getElementById('rows');
          rows.replaceChildren(...Object.entries(status.sinks).filter(([, s]) => s.rows.length).flatMap(([n, s]) => {
            const title = document.createElement('h2');
            title.textContent = 'Newest rows of ' + n;
            const grid = document.createElement('table');
            const columns = Object.keys(s.rows[0]);
            table(grid, columns, s.rows.map(r => columns.map(c =>
              r[c] !== null && typeof r[c] === 'object' ? JSON.stringify(r[c]) : r[c])));
            return [title, grid];
          }));
          previous = status;
        }

        function showIncidents(incidents) {
          const names = Object.keys(incidents);
          document.getElementById('open').hidden = names.length === 0;
          const grid = document.getElementById('incidents');
          table(grid, ['severity', 'what', 'message', 'since', ''], names.map(n => [incidents[n].severity,
            incidents[n].title, incidents[n].message, incidents[n].started_at,
            incidents[n].acknowledged ? 'acknowledged' : '']));
          names.forEach((name, i) => {
            if (incidents[name].acknowledged) return;
            const button = document.createElement('button');
            button.textContent = 'Acknowledge';
            button.onclick = () => fetch('incidents/' + name + '/acknowledge?by=dashboard', { method: 'POST' });
            grid.rows[i + 1].lastChild.append(button);
          });
        }

        async function poll() {
          try {
            showIncidents((await (await fetch('incidents')).json()).incidents);
            const status = await (await fetch('status')).json();
            if (status.sources) show(status);
          } catch {
            document.getElementById('state').textContent = 'the run does not answer';
          }
          setTimeout(poll, 1000);
        }
        poll();

        """#
}
