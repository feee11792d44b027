import Dataflow

/// The ledger for people: one line a node, what is zero left out.
enum LedgerText {
    static func render(_ ledger: JobLedger) -> String {
        var rows: [(name: String, text: String)] = []
        for line in ledger.sources {
            rows.append(
                (
                    line.name,
                    "read "
                        + counts([
                            ("", line.counts.read), ("decoded", line.counts.decoded),
                            ("dead letters", line.counts.deadLetter),
                        ])
                ))
        }
        for line in ledger.operators {
            let count = line.counts
            rows.append(
                (
                    line.name,
                    "received "
                        + counts([
                            ("", count.received), ("passed", count.passed), ("filtered", count.filtered),
                            ("duplicate", count.duplicate), ("late", count.late), ("dead letters", count.deadLetter),
                            ("folded", count.folded), ("held", count.held), ("made", count.made),
                        ])
                ))
        }
        for line in ledger.sinks {
            rows.append(
                (
                    line.name,
                    "received "
                        + counts([
                            ("", line.counts.received), ("committed", line.counts.committed),
                            ("parked", line.counts.parked),
                            ("held", line.counts.held),
                        ])
                ))
        }
        let width = rows.map(\.name.count).max() ?? 0
        let lines = rows.map { $0.name + String(repeating: " ", count: width - $0.name.count + 2) + $0.text }
        return lines.joined(separator: "\n") + "\nledger balanced: \(ledger.isBalanced ? "yes" : "NO")"
    }

    private static func counts(_ parts: [(String, Int64)]) -> String {
        parts.enumerated().compactMap { index, part in
            if index == 0 { return grouped(part.1) }
            return part.1 == 0 ? nil : "\(part.0) \(grouped(part.1))"
        }.joined(separator: ", ")
    }

    /// A number with a separator after every three digits.
    static func grouped(_ value: Int64) -> String {
        var text = ""
        for (index, digit) in String(value.magnitude).reversed().enumerated() {
            if index > 0 && index % 3 == 0 { text.append(" ") }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + String(text.reversed())
    }
}
