extension URLFinder {
    /// Takes a host and what follows it.
    /// - Returns: where the search goes on.
    func take(_ text: UTF8Text, _ host: Host, protocolStart: Int?, _ urls: inout [Entity]) -> Int {
        let tail = URLTail(text, behind: host.end)
        guard let protocolStart else {
            if host.start > 0, Self.endsPath(text[host.start - 1]) { return tail.end }
            takeBare(text, host, tail, &urls)
            return tail.end
        }
        var end = tail.end
        if let short = ShortLink(text, host.start, host.end) {
            if short.slugLength > ShortLink.slugMax { return tail.end }
            end = short.end
        }
        if let growth = HostName.growth(text, host.start..<host.end), end - protocolStart + growth <= HostName.urlMax {
            urls.append(Entity(.url, start: protocolStart, contentStart: protocolStart, end: end))
        }
        return tail.end
    }

    /// Without a protocol only hosts of Latin letters count; the last of them has the path.
    private func takeBare(_ text: UTF8Text, _ host: Host, _ tail: URLTail, _ urls: inout [Entity]) {
        let firstNew = urls.count
        var position = host.start
        while position < host.end {
            guard text.traits(text.character(at: position)).contains(.bareHost) else {
                position += text.character(at: position).length
                continue
            }
            let start = position
            var found: Int?
            // Labels of Latin letters, as many as there are; the last with a top-level domain behind it ends the URL.
            while true {
                let labelStart = position
                while position < host.end {
                    let character = text.character(at: position)
                    guard text.traits(character).contains(.bareHost) else { break }
                    position += character.length
                }
                guard position > labelStart, position < host.end, text[position] == 0x2E else { break }
                let suffix = suffixes.length(text, at: position + 1, limit: host.end)
                if suffix > 0 { found = position + 1 + suffix }
                position += 1
            }
            guard let found else { continue }
            position = found
            let length = tail.end - host.start + 8
            if let growth = HostName.growth(text, start..<found), length + growth <= HostName.urlMax {
                urls.append(Entity(.url, start: start, contentStart: start, end: found))
            }
        }
        if tail.hasPath, urls.count > firstNew { urls[urls.count - 1].end = tail.end }
    }

    private static func endsPath(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/")
    }

    static func isRun(_ traits: CharacterTraits, _ point: UInt32) -> Bool {
        traits.contains(.host) || point == 0x2D || point == 0x5F || point == 0x2E
    }

    /// Where `http://` or `https://` starts that ends at a position, if a URL may start there.
    static func protocolStart(_ text: UTF8Text, before end: Int, floor: Int) -> Int? {
        for name in ["ptth", "sptth"] as [StaticString] {
            let start = end - 3 - name.utf8CodeUnitCount
            guard start >= floor, text[end - 1] == 0x2F, text[end - 2] == 0x2F, text[end - 3] == 0x3A else { continue }
            let isEqual = (0..<name.utf8CodeUnitCount).allSatisfy {
                UTF8Text.lower(text[end - 4 - $0]) == name.utf8Start[$0]
            }
            guard isEqual else { continue }
            if start == 0 { return start }
            guard start > floor else { continue }
            if !text.traits(text.character(before: start)).contains(.blocksURL) { return start }
        }
        return nil
    }
}
