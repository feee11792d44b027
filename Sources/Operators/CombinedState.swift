import Dataflow
import Primitives

/// The state of an operator that has several parts, each with tables of its own.
final class CombinedState: OperatorState {
    private let parts: [any OperatorState]

    init(_ parts: [any OperatorState]) {
        self.parts = parts
    }

    var tables: [StateTable] { parts.flatMap(\.tables) }

    func capture(whole: Bool) -> [StateChange] { parts.flatMap { $0.capture(whole: whole) } }

    func restore(_ rows: StateRows) throws(Fault) {
        for part in parts where part.tables.contains(where: { $0.name == rows.table }) { try part.restore(rows) }
    }

    func resume(at watermark: EventTime) throws(Fault) {
        for part in parts { try part.resume(at: watermark) }
    }
}
