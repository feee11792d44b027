/// Finds hashtags, mentions, cashtags and URLs by the rules of twitter-text 3.1 (github.com/twitter/twitter-text), and
/// emoji (UTS #51), in the UTF-8 bytes of a text.
///
/// Of entities that overlap the one that starts first stays. Bytes that are no UTF-8 belong to no entity. The time is
/// linear in the text. Used from one thread.
package struct EntityExtractor {
    private let table = CharacterTable.shared
    private let emoji = EmojiFinder.shared
    private var urls = URLFinder()
    private let triggers = TriggerTable.shared

    package init() {}

    /// Finds the entities of a text; they replace those in the scratch.
    package mutating func extract(_ bytes: UnsafeBufferPointer<UInt8>, into scratch: inout EntityScratch) {
        scratch.entities.removeAll(keepingCapacity: true)
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        let text = UTF8Text(base: base, count: bytes.count, table: table)
        urls.find(text, into: &scratch.urls)

        var tags = TagReader(text)
        var nextURL = 0
        var urlStart = scratch.urls.first?.start ?? Int.max
        /// Where the last entity ended.
        var end = 0
        var position = 0
        while true {
            let limit = min(urlStart, text.count)
            while position < limit, triggers.kinds[Int(text[position])] == TriggerTable.none { position += 1 }
            if position >= urlStart {
                // A hashtag or mention that began before it keeps its bytes.
                let url = scratch.urls[nextURL]
                if end <= url.start {
                    scratch.entities.append(url)
                    end = url.end
                    position = end
                }
                nextURL += 1
                urlStart = nextURL < scratch.urls.count ? scratch.urls[nextURL].start : Int.max
                continue
            }
            guard position < text.count else { return }
            guard let entity = entity(text, at: &position, &tags), entity.start >= end else { continue }
            scratch.entities.append(entity)
            end = entity.end
            position = end
        }
    }

    /// Looks for an entity at a byte that may begin one; moves on behind the byte.
    @inline(__always)
    private func entity(_ text: UTF8Text, at position: inout Int, _ tags: inout TagReader) -> Entity? {
        let start = position
        position += 1
        switch text[start] {
        case UInt8(ascii: "#"): return tags.hashtag(at: start, length: 1)
        case UInt8(ascii: "@"): return tags.mention(at: start, length: 1)
        case UInt8(ascii: "$"): return tags.cashtag(at: start)
        default: return wideEntity(text, start, &position, &tags)
        }
    }

    private func wideEntity(_ text: UTF8Text, _ start: Int, _ position: inout Int, _ tags: inout TagReader) -> Entity? {
        let character = text.character(at: start)
        position = start + character.length
        switch character.point {
        case 0xFF03: return tags.hashtag(at: start, length: 3)
        case 0xFF20: return tags.mention(at: start, length: 3)
        case 0x20E3:
            return emoji.keycapStart(text, cap: start).map {
                Entity(.emoji, start: $0, contentStart: $0, end: start + 3)
            }
        default:
            return emoji.end(text, at: start, character).map {
                Entity(.emoji, start: start, contentStart: start, end: $0)
            }
        }
    }
}

extension EntityExtractor {
    /// The user that a text replies to: the name, without its sign, of a mention with nothing but blanks before it.
    package func repliedUser(_ bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        guard let base = bytes.baseAddress else { return nil }
        let text = UTF8Text(base: base, count: bytes.count, table: table)
        var position = 0
        while position < text.count {
            let character = text.character(at: position)
            if character.point == 0x40 || character.point == 0xFF20 {
                return TagReader(text).userName(at: position + character.length)
            }
            guard !text.traits(character).isDisjoint(with: [.space, .directional]) else { return nil }
            position += character.length
        }
        return nil
    }
}

/// The bytes with which an entity other than a URL may begin.
struct TriggerTable: Sendable {
    static let shared = TriggerTable()
    static let none: UInt8 = 0

    let kinds: ConstantTable<UInt8>

    private init() {
        var kinds = [UInt8](repeating: Self.none, count: 256)
        for byte in [UInt8(ascii: "#"), UInt8(ascii: "@"), UInt8(ascii: "$"), 0xEF] { kinds[Int(byte)] = 1 }
        TableText.forEachRange(EmojiRanges.emoji) { range in
            for point in range {
                guard let scalar = Unicode.Scalar(UInt32(point)), let first = UTF8.encode(scalar)?.first else {
                    continue
                }
                kinds[Int(first)] = 1
            }
        }
        // Keycaps and flags.
        for byte: Int in [0xE2, 0xF0] { kinds[byte] = 1 }
        self.kinds = ConstantTable(kinds)
    }
}
