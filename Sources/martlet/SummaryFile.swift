import Dataflow
import Glibc
import Primitives
import Service

/// What `--summary` leaves behind.
enum SummaryFile {
    static func write(_ ledger: JobLedger, pipeline: String, seconds: Double, to path: String) throws(Fault) {
        let text = SummaryWriter.write(ledger, pipeline: pipeline, seconds: seconds)
        guard let stream = fopen(path, "wb") else { throw failure(path) }
        let isWritten = fwrite(text, 1, text.count, stream) == text.count
        guard fclose(stream) == 0, isWritten else { throw failure(path) }
    }

    private static func failure(_ path: String) -> Fault {
        .system("summary.write", "the summary cannot be written to \(path)")
    }
}
