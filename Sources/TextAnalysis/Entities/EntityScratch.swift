/// A part of a text that means something to social networks, in bytes of the text.
@usableFromInline
package struct Entity: BitwiseCopyable, Hashable, Sendable {
    /// What it is.
    package enum Kind: UInt8, BitwiseCopyable, Sendable {
        /// `#tag`.
        case hashtag
        /// `@user`.
        case mention
        /// `@user/list`.
        case listMention
        /// `$TICKER`.
        case cashtag
        case url
        case emoji
    }

    package var kind: Kind
    /// Where it starts, its sign included.
    package var start: Int
    /// Where it starts behind its sign.
    package var contentStart: Int
    package var end: Int

    package init(_ kind: Kind, start: Int, contentStart: Int, end: Int) {
        self.kind = kind
        self.start = start
        self.contentStart = contentStart
        self.end = end
    }

    package var content: Range<Int> { contentStart..<end }
}

/// What an extractor finds in a text; its memory is used again for the next.
package struct EntityScratch {
    /// In the order of the text; no two overlap.
    package internal(set) var entities: [Entity] = []
    /// The URLs of the text, before the entities that they overlap are known.
    var urls: [Entity] = []

    package init() {
        entities.reserveCapacity(16)
        urls.reserveCapacity(8)
    }
}
