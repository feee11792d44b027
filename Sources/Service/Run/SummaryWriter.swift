package import Dataflow
import Formats
import Primitives

/// Writes a run's ledger as JSON: what `--summary` leaves behind.
package enum SummaryWriter {
    package static func write(_ ledger: JobLedger, pipeline: String, seconds: Double) -> [UInt8] {
        var text = JSONObjectText()
        text.member("pipeline", pipeline)
        text.member("balanced", ledger.isBalanced)
        text.member("seconds", seconds)
        text.object("sources") { text in
            for line in ledger.sources {
                text.object(line.name) { text in
                    text.member("read", line.counts.read)
                    text.member("decoded", line.counts.decoded)
                    text.member("dead_letter", line.counts.deadLetter)
                    text.member("balanced", line.counts.isBalanced)
                }
            }
        }
        text.object("edges") { text in
            for line in ledger.edges {
                text.object(line.name) { text in
                    text.member("sent", line.counts.sent)
                    text.member("received", line.counts.received)
                    text.member("balanced", line.counts.isBalanced)
                }
            }
        }
        text.object("operators") { text in
            for line in ledger.operators {
                text.object(line.name) { write(line.counts, to: &$0) }
            }
        }
        text.object("sinks") { text in
            for line in ledger.sinks {
                text.object(line.name) { text in
                    text.member("received", line.counts.received)
                    text.member("committed", line.counts.committed)
                    text.member("parked", line.counts.parked)
                    text.member("held", line.counts.held)
                    text.member("balanced", line.counts.held >= 0)
                }
            }
        }
        return text.finish()
    }

    private static func write(_ counts: OperatorLedger, to text: inout JSONObjectText) {
        text.member("received", counts.received)
        text.member("passed", counts.passed)
        text.member("filtered", counts.filtered)
        text.member("duplicate", counts.duplicate)
        text.member("late", counts.late)
        text.member("dead_letter", counts.deadLetter)
        text.member("folded", counts.folded)
        text.member("held", counts.held)
        text.member("made", counts.made)
        text.member("balanced", counts.isBalanced)
    }
}

/// Writes one JSON object, indented for people.
struct JSONObjectText {
    private var bytes: [UInt8] = Array("{".utf8)
    private var depth = 1
    private var isEmpty = true

    mutating func member(_ name: String, _ value: String) {
        start(name)
        JSONText.append(value, to: &bytes)
    }

    mutating func member(_ name: String, _ value: Bool) {
        start(name)
        JSONText.append(value, to: &bytes)
    }

    mutating func member(_ name: String, _ value: Int64) {
        start(name)
        JSONText.append(value, to: &bytes)
    }

    mutating func member(_ name: String, _ value: Double) {
        start(name)
        JSONText.append(value, to: &bytes)
    }

    mutating func object(_ name: String, _ members: (inout JSONObjectText) -> Void) {
        start(name)
        bytes.append(UInt8(ascii: "{"))
        depth += 1
        isEmpty = true
        members(&self)
        end()
        isEmpty = false
    }

    mutating func finish() -> [UInt8] {
        end()
        bytes.append(0x0A)
        return bytes
    }

    private mutating func start(_ name: String) {
        if !isEmpty { bytes.append(UInt8(ascii: ",")) }
        isEmpty = false
        newLine()
        JSONText.append(name, to: &bytes)
        bytes.append(contentsOf: ": ".utf8)
    }

    private mutating func end() {
        depth -= 1
        if !isEmpty { newLine() }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func newLine() {
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: depth * 2))
    }
}
