/// A summary of many values in bounded memory: summaries of parts merge into that of the whole.
package protocol Sketch: Serializable {
    /// Takes in what another sketch, made with the same parameters, has seen.
    mutating func merge(_ other: Self)

    /// Bytes that it holds outside of its own stride.
    var memoryFootprint: Int { get }
}
