/// Turns the HTML of a post into the text that its reader sees.
///
/// Tags go, entities are decoded, `<br>` and blocks (`<p>`, `<li>` …) start a line, runs of white space become one
/// space, scripts and styles vanish. Any bytes are accepted: a `<` that starts no tag stays. Valid UTF-8 stays valid.
enum HTMLText {
    /// Appends the text of an HTML fragment; never more bytes than the fragment has.
    static func append(_ html: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        let start = output.count
        var breaks = 0
        var hasSpace = false
        var index = 0
        func separate() {
            if output.count > start {
                if breaks > 0 { output.append(0x0A) } else if hasSpace { output.append(0x20) }
            }
            breaks = 0
            hasSpace = false
        }
        while index < html.count {
            let byte = html[index]
            switch byte {
            case UInt8(ascii: "<"):
                if let tag = Tag(html, at: index) {
                    if tag.breaksLine { breaks += 1 }
                    index = tag.end
                } else {
                    separate()
                    output.append(byte)
                    index += 1
                }
            case 0x20, 0x09, 0x0A, 0x0D:
                hasSpace = true
                index += 1
            case UInt8(ascii: "&"):
                separate()
                index = HTMLEntity.append(html, at: index, to: &output)
            default:
                separate()
                var end = index + 1
                while end < html.count, html[end] > 0x20, html[end] != UInt8(ascii: "<"), html[end] != UInt8(ascii: "&")
                {
                    end += 1
                }
                output.append(contentsOf: UnsafeBufferPointer(rebasing: html[index..<end]))
                index = end
            }
        }
    }

    /// A tag, a comment or a declaration.
    private struct Tag {
        /// The position behind it, and behind what it hides.
        var end: Int
        var breaksLine = false

        /// - Returns: `nil` if the `<` at the position is only a character.
        init?(_ html: UnsafeBufferPointer<UInt8>, at start: Int) {
            var index = start + 1
            guard index < html.count else { return nil }
            if html[index] == UInt8(ascii: "!") || html[index] == UInt8(ascii: "?") {
                let isComment =
                    index + 2 < html.count && html[index + 1] == UInt8(ascii: "-")
                    && html[index + 2] == UInt8(ascii: "-")
                end = isComment ? Self.skip(html, index + 3, to: "-->") : Self.skip(html, index, to: ">")
                return
            }
            let isClosing = html[index] == UInt8(ascii: "/")
            if isClosing { index += 1 }
            let nameStart = index
            while index < html.count, Self.isNameByte(html[index]) { index += 1 }
            guard index > nameStart, html[nameStart] | 0x20 >= UInt8(ascii: "a") else { return nil }
            let name = String(decoding: html[nameStart..<index].map { $0 | 0x20 }, as: UTF8.self)
            var quote: UInt8 = 0
            while index < html.count, quote != 0 || html[index] != UInt8(ascii: ">") {
                let byte = html[index]
                if quote != 0 {
                    if byte == quote { quote = 0 }
                } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                    quote = byte
                }
                index += 1
            }
            end = min(index + 1, html.count)
            breaksLine = Self.blocks.contains(name)
            if !isClosing, name == "script" || name == "style" { end = Self.skip(html, end, to: "</" + name) }
        }

        private static let blocks: Set<String> = [
            "p", "br", "div", "li", "ul", "ol", "blockquote", "pre", "tr", "table", "hr", "h1", "h2", "h3", "h4", "h5",
            "h6",
        ]

        private static func isNameByte(_ byte: UInt8) -> Bool {
            byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
        }

        /// The position behind the next mark (a closing tag's name: before the rest of it), or the end.
        private static func skip(_ html: UnsafeBufferPointer<UInt8>, _ start: Int, to mark: StaticString) -> Int {
            skip(html, start, to: "\(mark)")
        }

        private static func skip(_ html: UnsafeBufferPointer<UInt8>, _ start: Int, to mark: String) -> Int {
            let mark = Array(mark.utf8)
            var index = start
            while index + mark.count <= html.count {
                var length = 0
                while length < mark.count, lowercased(html[index + length]) == mark[length] { length += 1 }
                if length == mark.count { return mark[0] == UInt8(ascii: "<") ? index : index + length }
                index += 1
            }
            return html.count
        }

        private static func lowercased(_ byte: UInt8) -> UInt8 {
            byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
        }
    }
}
