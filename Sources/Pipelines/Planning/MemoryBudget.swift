/// How the memory of a run is shared out.
package enum MemoryBudget {
    /// What a run may take where its file does not say, if the machine has at least twice as much.
    package static let standard: Int64 = 1 << 30
    /// For the program itself, rows under way, files that are being written and rows that wait before sinks.
    private static let otherBytes: Int64 = 128 << 20

    /// How much of a budget the state of operators may take: all but 128 MiB, at least half.
    /// - Parameter budget: bytes for the whole run.
    package static func stateShare(of budget: Int64) -> Int64 {
        max(budget / 2, budget - otherBytes)
    }

    /// The least budget whose share for state is so many bytes, clamped.
    static func needed(forState bytes: Int64) -> Int64 {
        let (sum, overflow) = bytes.addingReportingOverflow(min(bytes, otherBytes))
        return overflow ? .max : sum
    }
}
