package import Dataflow
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
                text.object(line.name) { write(line.counts, to: &$0) }
            }
        }
        return text.finish()
    }

    static func write(_ counts: SinkCounts, to text: inout JSONObjectText) {
        text.member("received", counts.received)
        text.member("committed", counts.committed)
        text.member("parked", counts.parked)
        text.member("held", counts.held)
        text.member("balanced", counts.held >= 0)
    }

    static func write(_ counts: OperatorLedger, to text: inout JSONObjectText) {
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
        if counts.counts.isEmpty { return }
        text.object("counts") { text in
            for (name, value) in counts.counts.sorted(by: { $0.key < $1.key }) { text.member(name, value) }
        }
    }
}
