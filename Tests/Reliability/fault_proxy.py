"""A TCP proxy that does to connections what networks do: it delays, holds, cuts, and loses the one answer that matters."""

import contextlib
import socket
import threading
import time

CHUNK = 1 << 16


class FaultProxy:
    """Stands before a port of this machine.

    `commits` says what becomes of the next COMMITs, one action each: `pass`, `lose_request` (cut before it is
    forwarded), `lose_reply` (forwarded; the answer is swallowed and the connection cut), `half_close` (forwarded; the
    client is told that no more will come). `limits` says after how many bytes from the client each of the next
    connections is cut. `injected` counts what was done.
    """

    def __init__(self, target, port=0):
        self.target = target
        self.commits, self.limits = [], []
        self.delay_seconds, self.is_refusing = 0, False
        self.injected, self.forwarded = 0, 0
        self.lock, self.links = threading.Lock(), set()
        self.is_open = threading.Event()
        self.is_open.set()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self):
        """Forwards nothing more, and keeps the connections."""
        self.injected += 1
        self.is_open.clear()

    def release(self):
        self.is_open.set()

    def cut(self):
        """Ends every connection now."""
        with self.lock:
            links, self.links = self.links, set()
        self.injected += len(links)
        for link in links:
            link.close()

    def stop(self):
        self.is_refusing = True
        # A blocked accept would keep the port.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.release()
        self.cut()

    def next_commit(self):
        with self.lock:
            action = self.commits.pop(0) if self.commits else "pass"
            self.injected += action != "pass"
            return action

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.is_refusing:
                self.injected += 1
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            with self.lock:
                link = Link(self, client, server, self.limits.pop(0) if self.limits else None)
                self.links.add(link)
            link.start()


class Link:
    def __init__(self, proxy, client, server, limit):
        self.proxy, self.client, self.server, self.limit = proxy, client, server, limit
        self.loses_reply = False
        for side in (client, server):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self):
        for source, target, is_request in ((self.client, self.server, True), (self.server, self.client, False)):
            threading.Thread(target=self._pump, args=(source, target, is_request), daemon=True).start()

    def close(self):
        for side in (self.client, self.server):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()

    def _pump(self, source, target, is_request):
        proxy, sent = self.proxy, 0
        try:
            while data := source.recv(CHUNK):
                proxy.is_open.wait()
                if proxy.delay_seconds:
                    time.sleep(proxy.delay_seconds)
                if not is_request and self.loses_reply:
                    break
                if is_request and self.limit is not None and sent + len(data) > self.limit:
                    target.sendall(data[:self.limit - sent])
                    proxy.injected += 1
                    break
                if is_request and not self._commit(data, target):
                    break
                target.sendall(data)
                sent += len(data)
                proxy.forwarded += len(data)
        except OSError:
            pass
        self.close()
        with proxy.lock:
            proxy.links.discard(self)

    def _commit(self, data, target):
        """Looks for a COMMIT in what the client sends; false: cut here."""
        if not data.endswith(b"COMMIT\0"):
            return True
        match self.proxy.next_commit():
            case "lose_request":
                return False
            case "lose_reply":
                self.loses_reply = True
            case "half_close":
                self.client.shutdown(socket.SHUT_WR)
                self.loses_reply = True
        return True
