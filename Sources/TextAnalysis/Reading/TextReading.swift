/// What a model has read in a text.
package struct TextReading: Sendable, Hashable {
    /// The shares of the labels of each head for texts, one head behind another, in the order of the model's heads.
    package var shares: [Float] = []
    package var entities: [NamedEntity] = []

    package init() {}
}

/// A name that a text mentions.
package struct NamedEntity: Sendable, Hashable {
    /// Its type, by its position among the reader's `entityTypes`.
    package var type: Int
    /// Where it stands, in bytes.
    package var span: Range<Int32>
    /// From 0 to 1: the least sure of its words.
    package var confidence: Float
}
