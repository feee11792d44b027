import Synchronization

/// Keeps the state of a run's operators within a budget: says which of them must spill, and how much.
///
/// Once the sum has passed the budget, the one that could free most is asked for that and an eighth of the budget more,
/// so that it is not asked again at once. It may have nothing to do and not report for long: once the sum has passed
/// the budget by an eighth, whoever reports is asked.
final class MemoryGovernor: Sendable {
    private struct Holding {
        var bytes = 0
        var spillable = 0
    }

    private let budget: Int
    private let holdings = Mutex<[Holding]>([])

    /// - Parameter budget: bytes.
    init(budget: Int) {
        self.budget = budget
    }

    /// A new holder's number.
    func register() -> Int {
        holdings.withLock { holdings in
            holdings.append(Holding())
            return holdings.count - 1
        }
    }

    /// Takes note of what a holder has.
    /// - Parameters:
    ///   - bytes: all it holds.
    ///   - spillable: what it could free of that.
    ///   - isToBeCopied: whether a checkpoint is about to copy state: that takes as much memory again, at most, so half
    ///     of the budget must do.
    /// - Returns: bytes that it must free now.
    func report(_ holder: Int, bytes: Int, spillable: Int, isToBeCopied: Bool = false) -> Int {
        let budget = isToBeCopied ? budget / 2 : budget
        return holdings.withLock { holdings in
            holdings[holder] = Holding(bytes: bytes, spillable: spillable)
            let sum = holdings.reduce(0) { $0 + $1.bytes }
            guard sum > budget, spillable > 0 else { return 0 }
            let isUrgent = sum - budget > budget / 8
            guard isUrgent || holdings.allSatisfy({ $0.spillable <= spillable }) else { return 0 }
            return min(spillable, sum - budget + budget / 8)
        }
    }
}
