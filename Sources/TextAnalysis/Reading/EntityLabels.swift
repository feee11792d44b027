/// The labels of a head for tokens, as the tagging scheme means them: `B-type` begins an entity, `I-type` goes on with
/// one, any other is outside (Ramshaw and Marcus 1995).
struct EntityLabels: Sendable {
    enum Tag: Sendable, Hashable {
        case outside
        case begin(Int)
        case inside(Int)
    }

    let types: [String]
    let tags: [Tag]

    init(_ labels: [String]) {
        var types: [String] = []
        var tags: [Tag] = []
        for label in labels {
            let parts = label.split(separator: "-", maxSplits: 1)
            guard parts.count == 2, parts[0] == "B" || parts[0] == "I" else {
                tags.append(.outside)
                continue
            }
            let name = parts[1].lowercased()
            let type = types.firstIndex(of: name) ?? types.count
            if type == types.count { types.append(name) }
            tags.append(parts[0] == "B" ? .begin(type) : .inside(type))
        }
        self.types = types
        self.tags = tags
    }

    /// The entities of a text, from the shares of its tokens' labels. A word has the label of its first piece; between
    /// blanks the first word decides: what stands behind it without a blank neither ends an entity, nor belongs to one
    /// unless the entity goes on behind it (`Coca-Cola Zero`).
    func entities(_ sequence: TokenSequence, _ shares: [Float]) -> [NamedEntity] {
        var found: [NamedEntity] = []
        var open: NamedEntity?
        /// Whether the token before is part of the entity.
        var isInside = false
        var end: Int32 = -1
        func close() {
            if let entity = open { found.append(entity) }
            open = nil
            isInside = false
        }
        for token in 0..<sequence.count where !sequence.spans[token].isEmpty {
            let span = sequence.spans[token]
            let isAttached = span.lowerBound == end
            end = span.upperBound
            guard sequence.isWordStart[token] else {
                if isInside, let start = open?.span.lowerBound { open?.span = start..<span.upperBound }
                continue
            }
            let (tag, share) = best(shares, token)
            switch tag {
            case .outside:
                if isAttached { isInside = false } else { close() }
            case .inside(let type) where open?.type == type, .begin(let type) where isAttached && open?.type == type:
                if let entity = open {
                    open = NamedEntity(
                        type: type, span: entity.span.lowerBound..<span.upperBound,
                        confidence: min(entity.confidence, share))
                    isInside = true
                }
            case .begin(let type), .inside(let type):
                close()
                open = NamedEntity(type: type, span: span, confidence: share)
                isInside = true
            }
        }
        close()
        return found
    }

    private func best(_ shares: [Float], _ token: Int) -> (Tag, Float) {
        var best = 0
        let first = token * tags.count
        for label in 1..<tags.count where shares[first + label] > shares[first + best] { best = label }
        return (tags[best], shares[first + best])
    }
}
