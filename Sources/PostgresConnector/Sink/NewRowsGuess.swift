/// Guesses whether the rows of the next commit are all new to the table, as results of windows are that are shown
/// once.
///
/// Adding rows costs half of staging them and replacing those that are there, but an attempt that fails leaves dead
/// rows behind. So each failure doubles the commits that go by without an attempt.
struct NewRowsGuess {
    private static let pauseMax = 1_024

    /// Commits that go by after the next failure.
    private var pause = 1
    /// Commits that still go by.
    private var left = 0

    var isExpected: Bool { left == 0 }

    /// A commit is through.
    /// - Parameter areNew: whether its rows were new; `nil` if that was not tried.
    mutating func note(_ areNew: Bool?) {
        switch areNew {
        case nil: left = max(0, left - 1)
        case true?: pause = 1
        case false?:
            left = pause
            pause = min(pause * 2, Self.pauseMax)
        }
    }
}
