package import Primitives

/// A value of a pipeline file, already checked against its `FieldKind`, that remembers where it stands.
package struct Settings: Sendable {
    /// What the file says, by its kind.
    package indirect enum Value: Sendable {
        case null
        case bool(Bool)
        case integer(Int64)
        case number(Double)
        /// Strings, choices, paths, columns and expressions.
        case string(String)
        case duration(Duration)
        case byteSize(Int64)
        case list([Settings])
        /// In the order of the file.
        case object([(name: String, value: Settings)])
    }

    package var value: Value
    /// The keys and positions that lead to it from its component: `["columns", "likes_p95"]`. A fault names this path,
    /// and the reader of the file turns it into line and column.
    package var path: [String]

    package init(_ value: Value, path: [String] = []) {
        self.value = value
        self.path = path
    }

    /// A member of an object; `nil` if it is absent or null.
    package subscript(name: String) -> Settings? {
        guard case .object(let members) = value, let found = members.first(where: { $0.name == name })?.value else {
            return nil
        }
        if case .null = found.value { return nil }
        return found
    }

    package var string: String? { if case .string(let value) = value { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = value { value } else { nil } }
    package var integer: Int64? { if case .integer(let value) = value { value } else { nil } }
    package var duration: Duration? { if case .duration(let value) = value { value } else { nil } }
    package var byteSize: Int64? { if case .byteSize(let value) = value { value } else { nil } }
    package var list: [Settings]? { if case .list(let value) = value { value } else { nil } }

    package var number: Double? {
        switch value {
        case .number(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    /// The members of an object in the order of the file.
    package var members: [(name: String, value: Settings)]? {
        if case .object(let members) = value { members } else { nil }
    }
}

/// A fault of a pipeline file, at a place in it.
package struct PlanFault: Error, Sendable {
    package var fault: Fault
    /// The place: keys and positions from the component on.
    package var path: [String]
    /// Bytes into the value there, for a fault within an expression.
    package var offset: Int

    package init(_ fault: Fault, at path: [String], offset: Int = 0) {
        self.fault = fault
        self.path = path
        self.offset = offset
    }
}

/// Collects every fault, so that a file's author sees them all at once.
package final class FaultCollector {
    package private(set) var faults: [PlanFault] = []

    package init() {}

    package func report(_ fault: Fault, at path: [String], offset: Int = 0) {
        faults.append(PlanFault(fault, at: path, offset: offset))
    }

    package var isEmpty: Bool { faults.isEmpty }
}
