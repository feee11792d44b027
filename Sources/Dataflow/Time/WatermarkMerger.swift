package import Primitives

/// The watermark of a stream with several inputs: the earliest of theirs, and never going back.
package struct WatermarkMerger {
    private var inputs: [EventTime]
    /// How far the merged stream has come.
    package private(set) var merged = EventTime.distantPast

    package init(inputs: Int) {
        self.inputs = Array(repeating: .distantPast, count: inputs)
    }

    /// Goes on where an earlier run stood.
    package mutating func resume(at watermark: EventTime) {
        for input in inputs.indices { inputs[input] = watermark }
        merged = watermark
    }

    /// Takes one input's watermark; returns the merged one if that moved.
    package mutating func advance(_ input: Int, to watermark: EventTime) -> EventTime? {
        guard watermark > inputs[input] else { return nil }
        inputs[input] = watermark
        let earliest = inputs.min() ?? .distantFuture
        guard earliest > merged else { return nil }
        merged = earliest
        return earliest
    }
}
