import Dataflow
package import Primitives

/// Writes what the dashboard shows as JSON: the ledger, watermarks, the newest rows of each sink.
enum StatusWriter {
    static func write(_ ledger: JobLedger, run: PipelineRun, watch: SinkWatch) -> [UInt8] {
        var text = JSONObjectText()
        text.member("pipeline", run.name)
        text.member("seconds", run.seconds)
        text.member("stopping", run.isStopping)
        text.member("balanced", ledger.accountsForEveryRow)
        text.object("sources") { text in
            for line in ledger.sources {
                text.object(line.name) { text in
                    text.member("read", line.counts.read)
                    text.member("dead_letter", line.counts.deadLetter)
                    let watermark = ledger.watermarks.first { $0.name == line.name }?.counts ?? .distantPast
                    text.member("watermark", WatermarkText.render(watermark))
                }
            }
        }
        text.object("operators") { text in
            for line in ledger.operators {
                text.object(line.name) { text in
                    SummaryWriter.write(line.counts, to: &text)
                    text.member("state_bytes", Int64(ledger.state.first { $0.name == line.name }?.counts ?? 0))
                }
            }
        }
        text.object("sinks") { text in
            for line in ledger.sinks {
                text.object(line.name) { text in
                    SummaryWriter.write(line.counts, to: &text)
                    text.raw("rows", watch.rows(of: line.name))
                }
            }
        }
        return text.finish()
    }
}

/// A watermark for people: to the second, and nothing where there is none yet.
package enum WatermarkText {
    package static func render(_ watermark: EventTime) -> String {
        guard watermark != .distantPast, watermark != .distantFuture else { return "–" }
        return Timestamp.format(watermark.microseconds / 1_000_000 * 1_000_000)
    }
}
