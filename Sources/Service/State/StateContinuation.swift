/// Whether a run goes on from the checkpoint that it finds.
package enum StateContinuation: Sendable {
    /// It starts anew, where its input is not the one that the checkpoint speaks of.
    case never
    /// It starts anew if the run before has read its input to the end.
    case unlessFinished
    case always
}
