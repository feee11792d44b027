import Columnar
import TextAnalysis

/// The column `entities`, while it is written: brands of the watchlist and names that a model has found.
struct NamedColumns {
    static let type = DataType.list(
        .struct([
            Field("name", .string), Field("type", .string), Field("start", .int64), Field("end", .int64),
            Field("confidence", .float64),
        ]))

    private let list = ColumnBuilder(type)
    private let types: [[UInt8]]
    private let brands: [[UInt8]]
    private let brandType = Array("brand".utf8)

    init(types: [String], brands: [String]) {
        self.types = types.map { Array($0.utf8) }
        self.brands = brands.map { Array($0.utf8) }
    }

    /// Empty lists for the hidden rows before a row.
    func pad(to row: Int) {
        while list.count < row { list.appendList() }
    }

    /// Appends a row: all brands, and the names that overlap none, in the order of the text.
    func append(_ text: UnsafeBufferPointer<UInt8>, _ matches: [WatchlistMatch], _ entities: [NamedEntity]) {
        var counter = CharacterCounter(text)
        var next = 0
        for entity in entities {
            let span = Int(entity.span.lowerBound)..<Int(entity.span.upperBound)
            while next < matches.count, matches[next].span.lowerBound < span.lowerBound {
                append(matches[next], &counter)
                next += 1
            }
            if matches.contains(where: { $0.span.overlaps(span) }) { continue }
            let name = UnsafeBufferPointer(rebasing: text[span])
            append(name, types[entity.type], span, Double(entity.confidence), &counter)
        }
        for match in matches[next...] { append(match, &counter) }
        list.appendList()
    }

    func finish() -> Column { list.finish() }

    private func append(_ match: WatchlistMatch, _ counter: inout CharacterCounter) {
        brands[Int(match.brand)].withUnsafeBufferPointer { append($0, brandType, match.span, 1, &counter) }
    }

    private func append(
        _ name: UnsafeBufferPointer<UInt8>, _ type: [UInt8], _ span: Range<Int>, _ confidence: Double,
        _ counter: inout CharacterCounter
    ) {
        guard let members = list.elements?.members else { return }
        members[0].append(name)
        members[1].append(type)
        members[2].append(counter.characters(before: span.lowerBound))
        members[3].append(counter.characters(before: span.upperBound))
        members[4].append(confidence)
        list.elements?.appendStruct()
    }
}

/// Counts the characters (code points) before places of a text that come in ascending order.
private struct CharacterCounter {
    private let text: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var count: Int64 = 0

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    mutating func characters(before place: Int) -> Int64 {
        while position < place {
            if text[position] & 0xC0 != 0x80 { count += 1 }
            position += 1
        }
        return count
    }
}

/// The column `hashtag_words`, while it is written.
struct TagWordColumn {
    private let list = ColumnBuilder(.list(.string))
    private let segmenter: HashtagSegmenter
    private var words: [UInt8] = []

    init(_ segmenter: HashtagSegmenter) {
        self.segmenter = segmenter
    }

    func pad(to row: Int) {
        while list.count < row { list.appendList() }
    }

    mutating func append(_ text: UnsafeBufferPointer<UInt8>, _ entities: [Entity]) {
        for entity in entities where entity.kind == .hashtag {
            words.removeAll(keepingCapacity: true)
            segmenter.appendWords(UnsafeBufferPointer(rebasing: text[entity.content]), to: &words)
            list.elements?.append(words)
        }
        list.appendList()
    }

    func finish() -> Column { list.finish() }
}
