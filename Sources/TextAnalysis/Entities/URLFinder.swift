import Glibc

/// Finds URLs, with `http://` or `https://` before them or bare (`example.com/path`), by the rules of twitter-text 3.1.
/// One difference: a bare host at the very start of a text keeps a first letter that is not ASCII (`été.com`), as it
/// does elsewhere.
///
/// A URL has a dot before its top-level domain, so only dots are looked at. From one, the run of host characters around
/// it is searched once, left to right, which keeps the work linear in the text.
struct URLFinder {
    let suffixes = HostSuffixes.shared
    /// Where the last URL ended, or whatever else was consumed as one.
    private(set) var floor = 0

    /// A host name found, and what stands before it.
    struct Host {
        var start: Int
        var end: Int
    }

    /// A stretch between dots.
    private struct Label {
        var start: Int
        /// The dot behind it.
        var dot: Int
        /// The first position from which a URL may start here, and the first such behind the last underscore.
        var candidate: Int?
        var candidateBehindUnderscore: Int?
        var hasUnderscore = false
        var startsWithHost = false
        var endsWithHost = false
        /// Whether a dot is behind it.
        var isClosed = false
    }

    mutating func find(_ text: UTF8Text, into urls: inout [Entity]) {
        urls.removeAll(keepingCapacity: true)
        floor = 0
        var position = 0
        while position < text.count, let found = memchr(text.base + position, 0x2E, text.count - position) {
            let dot = UnsafeRawPointer(text.base).distance(to: UnsafeRawPointer(found))
            position = dot + 1
            guard dot > floor, suffixes.length(text, at: dot + 1, limit: text.count) > 0 else { continue }
            position = max(position, searchRun(text, around: dot, &urls))
        }
    }

    /// Finds the URLs of the run of host characters around a dot.
    /// - Returns: the position from which dots are worth looking at again.
    private mutating func searchRun(_ text: UTF8Text, around dot: Int, _ urls: inout [Entity]) -> Int {
        var start = dot
        while start > floor {
            let before = text.character(before: start)
            guard Self.isRun(text.traits(before), before.point) else { break }
            start -= before.length
        }
        guard start < dot else { return dot + 1 }
        let protocolStart = Self.protocolStart(text, before: start, floor: floor)
        let runStart = start
        while true {
            let isAfterProtocol = protocolStart != nil && start == runStart
            switch chain(text, from: start, isAfterProtocol: isAfterProtocol) {
            case .end(let end): return end
            case .again(let next): start = next
            case .host(let host):
                let hasProtocol = isAfterProtocol && host.start == runStart
                let end = take(text, host, protocolStart: hasProtocol ? protocolStart : nil, &urls)
                floor = end
                return end
            }
        }
    }

    private enum Outcome {
        case host(Host)
        /// Nothing here; look again from a later label.
        case again(Int)
        /// Nothing here; the run is searched up to a position.
        case end(Int)
    }

    /// Reads labels from the start of one as long as they can belong to one host name, and takes the longest.
    private func chain(_ text: UTF8Text, from start: Int, isAfterProtocol: Bool) -> Outcome {
        let first = label(text, start, isAfterProtocol)
        guard first.isClosed else { return .end(first.dot) }
        let second = first.dot + 1
        guard first.endsWithHost else { return .again(second) }
        let direct = suffixes.length(text, at: second, limit: text.count)
        var best: Int?
        var underscored: Int?
        var next = second
        let stop: Outcome
        while true {
            let label = label(text, next, false)
            guard label.isClosed else {
                stop = .end(label.dot)
                break
            }
            guard label.startsWithHost, label.endsWithHost else {
                stop = .again(next)
                break
            }
            let suffix = suffixes.length(text, at: label.dot + 1, limit: text.count)
            if suffix > 0 {
                if !label.hasUnderscore {
                    best = label.dot + 1 + suffix
                } else if underscored == nil {
                    underscored = next
                }
            }
            next = label.dot + 1
        }
        if let best {
            return first.candidate.map { .host(Host(start: $0, end: best)) } ?? .again(second)
        }
        // Subdomains may have underscores, the domain itself may not.
        if direct > 0, let candidate = first.hasUnderscore ? first.candidateBehindUnderscore : first.candidate {
            return .host(Host(start: candidate, end: second + direct))
        }
        return underscored.map { .again($0) } ?? stop
    }

    private func label(_ text: UTF8Text, _ start: Int, _ isAfterProtocol: Bool) -> Label {
        var label = Label(start: start, dot: start)
        var position = start
        var mayStart = isAfterProtocol || start == 0
        if !mayStart, start > floor {
            mayStart = !text.traits(text.character(before: start)).contains(.blocksURL)
        }
        while position < text.count {
            let character = text.character(at: position)
            let traits = text.traits(character)
            if traits.contains(.host) {
                if mayStart {
                    if label.candidate == nil { label.candidate = position }
                    if label.candidateBehindUnderscore == nil { label.candidateBehindUnderscore = position }
                }
                if position == start { label.startsWithHost = true }
                label.endsWithHost = true
                mayStart = !traits.contains(.blocksURL)
            } else if character.point == 0x2D || character.point == 0x5F {
                label.endsWithHost = false
                mayStart = true
                if character.point == 0x5F {
                    label.hasUnderscore = true
                    label.candidateBehindUnderscore = nil
                }
            } else {
                break
            }
            position += character.length
        }
        label.dot = position
        label.isClosed = position < text.count && text[position] == 0x2E
        return label
    }
}
