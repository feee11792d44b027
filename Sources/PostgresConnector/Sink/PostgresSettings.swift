package import Columnar
package import Dataflow
import Primitives

/// A Postgres sink's settings, checked against the rows that will come.
package struct PostgresSettings: Sendable {
    package var address: ConnectionAddress
    package var plan: TablePlan
    package var isCreating: Bool
    /// Rows that may wait for a commit.
    package var batchRows: Int
    /// Bytes of memory that they may take.
    package var batchBytes: Int
    package var connectTimeoutSeconds: Int

    /// - Returns: `nil` if there were faults; all of them are reported.
    package init?(_ settings: Settings, schema: Schema, key: [String], _ faults: FaultCollector) {
        var check = Check(schema: schema, faults: faults, path: settings.path)
        let address = check.address(settings["url"])
        let name = check.table(settings["table"])
        check.columns()
        let chosen = settings["key"]
        let key = check.key(chosen?.list?.compactMap(\.string) ?? key, at: chosen?.path)
        let mode = settings["mode"]?.string ?? (key.isEmpty ? "append" : "upsert")
        if mode == "upsert", key.isEmpty {
            check.report(
                Fault(
                    "postgres.no_key", "upsert needs a key, and these rows have none",
                    hint: "name the columns that identify a row under key:, or write mode: append"),
                at: settings["mode"]?.path)
        }
        guard let address, let name, check.isFine else { return nil }
        self.address = address
        plan = TablePlan(name: name, schema: schema, key: mode == "upsert" ? key : [])
        isCreating = settings["create"]?.bool ?? true
        batchRows = Int(settings["batch"]?["rows"]?.integer ?? 500_000)
        batchBytes = Int(settings["batch"]?["bytes"]?.byteSize ?? 16 << 20)
        let timeout = settings["connect_timeout"]?.duration ?? .seconds(10)
        connectTimeoutSeconds = Int(max(1, (timeout.microseconds + 999_999) / 1_000_000))
    }
}

/// Collects what is wrong with the settings.
private struct Check {
    let schema: Schema
    let faults: FaultCollector
    let path: [String]
    var isFine = true

    mutating func report(_ fault: Fault, at place: [String]?) {
        faults.report(fault, at: place ?? path)
        isFine = false
    }

    mutating func address(_ setting: Settings?) -> ConnectionAddress? {
        do throws(Fault) {
            return try ConnectionAddress(setting?.string ?? "")
        } catch {
            report(error, at: setting?.path)
            return nil
        }
    }

    mutating func table(_ setting: Settings?) -> TableName? {
        if let name = TableName(setting?.string ?? "") { return name }
        report(
            Fault(
                "postgres.table_name", "'\(setting?.string ?? "")' is not the name of a table",
                hint: "write table or schema.table, each part at most 63 bytes long"), at: setting?.path)
        return nil
    }

    mutating func columns() {
        var seen: Set<String> = []
        for field in schema.fields {
            let bytes = field.name.utf8
            if !(1...63).contains(bytes.count) || bytes.contains(0) || Self.reserved.contains(field.name) {
                report(
                    Fault(
                        "postgres.column_name", "postgres cannot have a column '\(field.name)'",
                        hint: "rename it before the sink; a name has 1 to 63 bytes and is none of postgres' own, "
                            + "such as xmin"), at: nil)
            }
            if !seen.insert(field.name).inserted {
                report(Fault("postgres.column_twice", "two columns are named '\(field.name)'"), at: nil)
            }
        }
        // MaxHeapAttributeNumber of the server.
        if schema.fields.isEmpty || schema.fields.count > 1_600 {
            report(
                Fault("postgres.columns", "a table has 1 to 1600 columns, and these rows have \(schema.fields.count)"),
                at: nil)
        }
    }

    mutating func key(_ names: [String], at place: [String]?) -> [String] {
        for (index, name) in names.enumerated() {
            guard let field = schema.fields.first(where: { $0.name == name }) else {
                report(
                    Fault(
                        "postgres.key_missing", "key column '\(name)' is not among the rows' columns",
                        hint: "there are " + schema.fields.map(\.name).joined(separator: ", ")), at: place)
                continue
            }
            switch field.type {
            case .list, .struct:
                report(
                    Fault("postgres.key_type", "key column '\(name)' is a \(field.type), which cannot be a key"),
                    at: place)
            default: break
            }
            if names[..<index].contains(name) {
                report(Fault("postgres.key_twice", "key column '\(name)' is named twice"), at: place)
            }
        }
        return names
    }

    /// The system columns of every table.
    private static let reserved: Set<String> = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"]
}
