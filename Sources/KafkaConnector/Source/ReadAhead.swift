/// How much a reader lets librdkafka fetch ahead of it.
///
/// A message that waits there takes several times its bytes, and the answer of a broker that it came in is held as long
/// as any of it. Measured with posts of 700 bytes in 4 partitions behind a sink that takes nothing: some 200 MiB at
/// 16 MiB a reader, some 20 at 1, which reads a topic at 0.87 of the speed.
struct ReadAhead: Hashable {
    private static let kibibytesMost: Int64 = 16_384
    private static let kibibytesLeast: Int64 = 512
    /// The part of a run's memory that a reader may have waiting, as librdkafka counts it.
    private static let share: Int64 = 256

    let kibibytes: Int64

    /// - Parameter memory: bytes that the run may take; `nil`: the file does not say.
    init(memory: Int64?) {
        let allowed = memory.map { $0 / Self.share / 1_024 } ?? Self.kibibytesMost
        kibibytes = min(Self.kibibytesMost, max(Self.kibibytesLeast, allowed))
    }

    var properties: [(String, String)] {
        [
            ("queued.max.messages.kbytes", "\(kibibytes)"),
            // How long fetching rests once that much is waiting: as long as the reader needs for a part of it; the
            // library's own second would leave it idle.
            ("fetch.queue.backoff.ms", kibibytes < 4_096 ? "1" : "10"),
        ]
    }
}
