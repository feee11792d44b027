import Formats
import Primitives

/// A backtest for people and for programs.
package enum BacktestText {
    /// One configuration's result.
    package struct Result: Sendable {
        /// The file, as it was named.
        package var file: String
        package var detectors: [String]
        package var firings: [Firing]

        package init(file: String, detectors: [String], firings: [Firing]) {
            self.file = file
            self.detectors = detectors
            self.firings = firings
        }
    }

    /// A line a firing, then a line a detector.
    package static func render(
        _ result: Result, labels: LabelledEvents?, from: Int64, to: Int64
    ) -> String {
        let lines = result.firings.map(line) + summary(result, labels, from, to)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Two configurations side by side: `=` both fired, `<` only the first did, `>` only the second.
    package static func render(
        _ first: Result, against second: Result, _ comparison: ShadowComparison, labels: LabelledEvents?,
        from: Int64, to: Int64
    ) -> String {
        var lines = comparison.entries.map { entry in
            let sign =
                switch entry.side {
                case .both: "="
                case .first: "<"
                case .second: ">"
                }
            return "\(sign) \(line(entry.firing))"
        }
        lines.append(
            "both \(comparison.count(.both)), only \(first.file) \(comparison.count(.first)), "
                + "only \(second.file) \(comparison.count(.second))")
        for result in [first, second] {
            lines.append("\(result.file):")
            lines += summary(result, labels, from, to).map { "  \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One JSON object: `firings`, and `detectors` with their scores; of two configurations both, and who fired when.
    package static func json(
        _ results: [Result], _ comparison: ShadowComparison?, labels: LabelledEvents?, from: Int64, to: Int64
    ) -> String {
        var text = JSONObjectText()
        for (name, result) in zip(["", "shadow"], results) {
            if name.isEmpty {
                write(result, labels, from, to, &text)
            } else {
                text.object(name) { write(result, labels, from, to, &$0) }
            }
        }
        if let comparison {
            text.raw(
                "comparison", comparison.entries.map { entry in object(entry.firing, side: entry.side) })
        }
        return String(decoding: text.finish(), as: UTF8.self)
    }

    private static func write(
        _ result: Result, _ labels: LabelledEvents?, _ from: Int64, _ to: Int64, _ text: inout JSONObjectText
    ) {
        text.member("file", result.file)
        text.raw("firings", result.firings.map { object($0, side: nil) })
        text.object("detectors") { text in
            for detector in result.detectors {
                let own = result.firings.filter { $0.detector == detector }
                text.object(detector) { text in
                    text.member("firings", Int64(own.count))
                    guard let labels else { return }
                    let score = BacktestScore(own, labels, detector: detector, from: from, to: to)
                    text.member("right", Int64(score.right))
                    text.member("events", Int64(score.events))
                    text.member("found", Int64(score.found))
                    if let precision = score.precision { text.member("precision", precision) }
                    if let recall = score.recall { text.member("recall", recall) }
                    if let delay = score.delay { text.member("median_delay_seconds", Double(delay) / 1e6) }
                }
            }
        }
    }

    private static func object(_ firing: Firing, side: ShadowComparison.Side?) -> [UInt8] {
        var bytes = Array("{\"at\":".utf8)
        func member(_ name: String, _ value: String) {
            bytes += Array(",\"\(name)\":".utf8)
            JSONText.append(value, to: &bytes)
        }
        JSONText.append(Timestamp.format(firing.at), to: &bytes)
        member("detector", firing.detector)
        member("key", firing.key)
        member("text", firing.text)
        if let side { member("side", side.rawValue) }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private static func line(_ firing: Firing) -> String {
        [Timestamp.format(firing.at), firing.detector, firing.key, firing.text].filter { !$0.isEmpty }
            .joined(separator: "  ")
    }

    private static func summary(
        _ result: Result, _ labels: LabelledEvents?, _ from: Int64, _ to: Int64
    ) -> [String] {
        result.detectors.map { detector in
            let own = result.firings.filter { $0.detector == detector }
            guard let labels else { return "\(detector): fired \(own.count) times" }
            let score = BacktestScore(own, labels, detector: detector, from: from, to: to)
            var text = "\(detector): fired \(score.firings) times, \(score.right) of them right"
            if let precision = score.precision { text += " (precision \(percent(precision)))" }
            text += "; found \(score.found) of \(score.events) events"
            if let recall = score.recall { text += " (recall \(percent(recall)))" }
            if let delay = score.delay { text += ", half of them within \(DurationText.format(seconds(delay)))" }
            return text
        }
    }

    /// Whole seconds, rounded up, in microseconds.
    private static func seconds(_ microseconds: Int64) -> Int64 { (microseconds + 999_999) / 1_000_000 * 1_000_000 }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
