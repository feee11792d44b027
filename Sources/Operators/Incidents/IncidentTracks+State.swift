import Columnar
import Dataflow
import Detection
import Primitives

/// An entry is a row, written when it has changed; what is forgotten is a row without an incident.
extension IncidentTracks: OperatorState {
    private static let holding = Field("holding", .bytes)
    /// The columns of earlier versions, which did not know for whom a condition holds.
    private static let earlier = Schema([
        Field("hash", .int64), Field("key", .int64), Field("phase", .int64), Field("started", .timestamp),
        Field("level", .int64), Field("held", .timestamp), Field("told_level", .int64), Field("told", .timestamp),
        Field("acknowledged", .bool), Field("until", .timestamp), Field("seen", .timestamp),
        Field("member", .bytes), Field("title", .string), Field("message", .string), Field("history", .bytes),
    ])
    private static let table = StateTable("incidents", Schema(earlier.fields + [holding]), keyColumns: 2)

    /// As stored.
    private enum PhaseCode: Int64 {
        case idle, pending, open, cooling
    }

    var tables: [StateTable] { [Self.table] }

    func capture(whole: Bool) -> [StateChange] {
        defer { changed = [] }
        let isOutgrown = written + changed.count > StateBatchBuilder.outdatedMax(entries.count)
        if whole || isOutgrown || (entries.isEmpty && !changed.isEmpty) {
            let hadRows = !whole && !captured.isEmpty
            captured = entries.mapValues(\.owner)
            written = entries.count
            let all = write(entries.keys.sorted())
            guard !all.isEmpty else {
                return hadRows ? [.drop(table: Self.table.name, bucket: StateRows.notInTime)] : []
            }
            return all.enumerated().map { index, rows in index == 0 ? .replace(rows) : .add(rows) }
        }
        // What came and went between two captures is in none.
        let keys = changed.filter { entries[$0] != nil || captured[$0] != nil }.sorted()
        for key in keys { captured[key] = entries[key]?.owner ?? captured[key] }
        written += keys.count
        return write(keys).map { .add($0) }
    }

    func restore(_ stored: StateRows) throws(Fault) {
        guard stored.table == Self.table.name else { return }
        let rows = stored.rows.compacted()
        guard rows.schema == Self.table.schema || rows.schema == Self.earlier else {
            throw Fault("state.columns", "the stored state of incidents has other columns", domain: .internal)
        }
        written += rows.rowCount
        for row in 0..<rows.rowCount {
            func number(_ column: Int) -> Int64 { rows.columns[column].asInt64?.values[row] ?? 0 }
            func bytes(_ column: Int) -> [UInt8] { rows.columns[column].asBytes.map { Array($0[row]) } ?? [] }
            let (owner, key) = (UInt64(bitPattern: number(0)), UInt64(bitPattern: number(1)))
            captured[key] = owner
            guard restored.insert(key).inserted else { continue }
            var incident = Incident(startedAt: number(3), level: Int(number(4)), lastHeld: number(5))
            incident.toldLevel = Int(number(6))
            incident.toldAt = number(7)
            incident.isAcknowledged = rows.columns[8].asBool?[row] ?? false
            var entry = Entry(owner: owner, member: bytes(11))
            switch PhaseCode(rawValue: number(2)) ?? .idle {
            case .idle: break
            case .pending: entry.track = IncidentTrack(.pending(incident))
            case .open: entry.track = IncidentTrack(.open(incident))
            case .cooling: entry.track = IncidentTrack(.cooling(until: number(9), level: incident.level))
            }
            entry.seenAt = number(10)
            entry.title = String(decoding: bytes(12), as: UTF8.self)
            entry.message = String(decoding: bytes(13), as: UTF8.self)
            entry.history = Self.numbers(bytes(14)).map(Double.init(bitPattern:))
            if rows.columns.count > Self.earlier.fields.count { entry.holding = Set(Self.numbers(bytes(15))) }
            if !entry.track.isIdle || !entry.history.isEmpty { entries[key] = entry }
        }
    }

    func resume(at watermark: EventTime) {
        restored = []
        showAll()
    }

    private func write(_ keys: [UInt64]) -> [StateRows] {
        var rows = StateBatchBuilder(Self.table.schema)
        for key in keys {
            write(key, entries[key], to: rows.builders)
            rows.endRow()
        }
        return rows.finish().map { StateRows(table: Self.table.name, bucket: StateRows.notInTime, rows: $0) }
    }

    private func write(_ key: UInt64, _ entry: Entry?, to builders: [ColumnBuilder]) {
        var code = PhaseCode.idle
        var incident = Incident(startedAt: 0, level: 0, lastHeld: 0)
        var until: Int64 = 0
        switch entry?.track.phase ?? .idle {
        case .idle: break
        case .pending(let held): (code, incident) = (.pending, held)
        case .open(let held): (code, incident) = (.open, held)
        case .cooling(let end, let level):
            (code, until) = (.cooling, end)
            incident.level = level
        }
        builders[0].append(Int64(bitPattern: captured[key] ?? 0))
        builders[1].append(Int64(bitPattern: key))
        builders[2].append(code.rawValue)
        builders[3].append(incident.startedAt)
        builders[4].append(Int64(incident.level))
        builders[5].append(incident.lastHeld)
        builders[6].append(Int64(incident.toldLevel))
        builders[7].append(incident.toldAt)
        builders[8].append(incident.isAcknowledged)
        builders[9].append(until)
        builders[10].append(entry?.seenAt ?? 0)
        builders[11].append(entry?.member ?? [])
        builders[12].append(entry?.title ?? "")
        builders[13].append(entry?.message ?? "")
        builders[14].append(Self.bytes(entry?.history.map(\.bitPattern) ?? []))
        builders[15].append(Self.bytes(entry?.holding.sorted() ?? []))
    }

    private static func bytes(_ numbers: [UInt64]) -> [UInt8] {
        numbers.flatMap { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } }
    }

    private static func numbers(_ bytes: [UInt8]) -> [UInt64] {
        bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map { index in
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            }
        }
    }
}
