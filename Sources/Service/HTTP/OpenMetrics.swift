import Dataflow
import Glibc
import Primitives

/// Writes a run's ledger as metrics. Format: OpenMetrics 1.0.
enum OpenMetrics {
    static func write(_ ledger: JobLedger, pipeline: String) -> String {
        var text = Exposition(pipeline: pipeline)
        text.family("martlet_source_records", .counter, "Records of a source, by what became of them.")
        for line in ledger.sources {
            let counts = line.counts
            for (outcome, value) in [
                ("read", counts.read), ("decoded", counts.decoded), ("dead_letter", counts.deadLetter),
            ] {
                text.sample(value, [("source", line.name), ("outcome", outcome)])
            }
        }
        text.family("martlet_operator_rows", .counter, "Rows of an operator, by what became of them.")
        for line in ledger.operators {
            let counts = line.counts
            for (outcome, value) in [
                ("received", counts.received), ("passed", counts.passed), ("filtered", counts.filtered),
                ("duplicate", counts.duplicate), ("late", counts.late), ("dead_letter", counts.deadLetter),
                ("folded", counts.folded), ("made", counts.made),
            ] {
                text.sample(value, [("operator", line.name), ("outcome", outcome)])
            }
        }
        text.family("martlet_operator_count", .counter, "What an operator counts besides, by name.")
        for line in ledger.operators {
            for (name, value) in line.counts.counts.sorted(by: { $0.key < $1.key }) {
                text.sample(value, [("operator", line.name), ("count", name)])
            }
        }
        text.family("martlet_sink_rows", .counter, "Rows of a sink, by what became of them.")
        for line in ledger.sinks {
            for (outcome, value) in [
                ("received", line.counts.received), ("committed", line.counts.committed),
                ("parked", line.counts.parked),
            ] {
                text.sample(value, [("sink", line.name), ("outcome", outcome)])
            }
        }
        text.family("martlet_sink_held_rows", .gauge, "Rows that a sink has received and not yet committed.")
        for line in ledger.sinks { text.sample(line.counts.held, [("sink", line.name)]) }
        text.family("martlet_operator_state_bytes", .gauge, "Memory that an operator's state takes.")
        for line in ledger.state { text.sample(Int64(line.counts), [("operator", line.name)]) }
        text.family("martlet_watermark_timestamp_seconds", .gauge, "Event time up to which a source is complete.")
        for line in ledger.watermarks where line.counts != .distantPast && line.counts != .distantFuture {
            text.sample(Double(line.counts.microseconds) / 1e6, [("source", line.name)])
        }
        text.family(
            "martlet_ledger_balanced", .gauge, "1 while every source, operator and sink accounts for every row.")
        text.sample(Int64(ledger.accountsForEveryRow ? 1 : 0), [])
        ProcessMetrics.write(to: &text)
        return text.finish()
    }
}

/// The text of an exposition: families of samples, and an end.
struct Exposition {
    enum Kind: String {
        case counter, gauge
    }

    private let pipeline: String
    private var text = ""
    private var name = ""

    init(pipeline: String) {
        self.pipeline = pipeline
    }

    /// Begins a family: every sample of a name stands together.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# TYPE \(name) \(kind.rawValue)\n# HELP \(name) \(help)\n"
        self.name = kind == .counter ? name + "_total" : name
    }

    mutating func sample(_ value: Int64, _ labels: [(String, String)]) {
        sample("\(value)", labels)
    }

    mutating func sample(_ value: Double, _ labels: [(String, String)]) {
        sample("\(value)", labels)
    }

    mutating func finish() -> String {
        text += "# EOF\n"
        return text
    }

    private mutating func sample(_ value: String, _ labels: [(String, String)]) {
        let all = [("pipeline", pipeline)] + labels
        let list = all.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        text += "\(name){\(list)} \(value)\n"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

/// What the kernel counts of this process.
private enum ProcessMetrics {
    static func write(to text: inout Exposition) {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        text.family("process_cpu_seconds", .counter, "Processor time used.")
        text.sample(seconds(usage.ru_utime) + seconds(usage.ru_stime), [])
        text.family("process_resident_memory_peak_bytes", .gauge, "The most memory it has had.")
        text.sample(Int64(usage.ru_maxrss) * 1_024, [])
    }
}
