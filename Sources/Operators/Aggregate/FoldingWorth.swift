/// Whether rows are worth folding before they travel to the owners of their keys.
///
/// Where hardly two rows share a key, looking each one up here and once more at its owner is work for nothing. What
/// came of the last large pane decides about the rows that follow; after some panes' worth of them it is tried again.
/// Results do not depend on it, since owners merge whatever comes.
struct FoldingWorth {
    /// A pane with fewer groups says little.
    private static let groupsMin = 16_384
    /// Rows a group that pay for the look-up.
    private static let rowsPerGroupMin = 1.5
    /// How many times the rows of a pane that was not worth it go without.
    private static let patience = 32

    /// Rows that still go without.
    private var rowsLeft = 0

    var isGiven: Bool { rowsLeft <= 0 }

    /// A pane is sent on.
    mutating func note(_ pane: Pane) {
        guard isGiven else {
            rowsLeft -= pane.rowCount
            return
        }
        guard pane.groupCount >= Self.groupsMin else { return }
        if Double(pane.rowCount) < Double(pane.groupCount) * Self.rowsPerGroupMin {
            rowsLeft = pane.rowCount * Self.patience
        }
    }
}
