import TextAnalysis

/// An entity as the conformance suite writes it: its content, and where it lies in code points.
struct FoundEntity: Hashable {
    var kind: Entity.Kind
    /// Without its sign.
    var content: String
    /// With its sign.
    var start: Int
    var end: Int
}

func entities(_ text: String) -> [FoundEntity] {
    var extractor = EntityExtractor()
    var scratch = EntityScratch()
    let bytes = Array(text.utf8)
    bytes.withUnsafeBufferPointer { extractor.extract($0, into: &scratch) }
    func codePoints(_ range: Range<Int>) -> Int { bytes[range].count { $0 & 0xC0 != 0x80 } }
    return scratch.entities.map { entity in
        FoundEntity(
            kind: entity.kind, content: String(decoding: bytes[entity.content], as: UTF8.self),
            start: codePoints(0..<entity.start), end: codePoints(0..<entity.end))
    }
}

func contents(_ text: String, _ kind: Entity.Kind) -> [String] {
    entities(text).filter { $0.kind == kind }.map(\.content)
}
