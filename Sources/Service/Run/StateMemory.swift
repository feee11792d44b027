/// How much of a run's memory its operators' state may take.
enum StateMemory {
    /// For the program itself, batches under way and rows that wait before sinks.
    private static let otherBytes: Int64 = 128 << 20

    /// - Parameter budget: bytes that the file allows for the whole run.
    /// - Returns: bytes; at least half of the budget.
    static func share(of budget: Int64) -> Int {
        Int(clamping: max(budget / 2, budget - otherBytes))
    }
}
