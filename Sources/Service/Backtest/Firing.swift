/// A moment at which a detector would have told somebody.
package struct Firing: Sendable, Hashable {
    /// Event time, in microseconds.
    package var at: Int64
    /// The operator's name.
    package var detector: String
    /// The values of its key, parted by blanks; of a `trend` the term. Empty without a key.
    package var key: String
    /// In the detector's own words: a severity and a message, or a score.
    package var text: String

    /// By time, then by detector and key.
    static func isBefore(_ left: Firing, _ right: Firing) -> Bool {
        (left.at, left.detector, left.key, left.text) < (right.at, right.detector, right.key, right.text)
    }
}
