import Columnar

/// Writes the terms of a frame as rows, and reads such rows back: how they travel to the subtask that ranks.
///
/// A row holds a term and, beside it, the post of the same number: there are as many rows as there are of the more
/// numerous. All rows of a frame stay together, since they have one owner, so that a term can name its posts.
struct PartialTerms {
    static let schema = Schema([
        Field("owner", .int64), Field("window", .timestamp, isNullable: true),
        Field("hash", .int64, isNullable: true),
        Field("term", .string, isNullable: true), Field("mentions", .int64, isNullable: true),
        Field("first", .timestamp, isNullable: true), Field("shown", .list(.int64)),
        Field("reach", .int64, isNullable: true),
        Field("time", .timestamp, isNullable: true), Field("fingerprint", .int64, isNullable: true),
        Field("text", .string, isNullable: true), Field("author", .string, isNullable: true),
        Field("group", .bytes, isNullable: true),
    ])

    private static let firstOfPost = 7
    private static let group = 12

    func write(_ frame: FrameTerms) -> RecordBatch {
        let count = max(frame.terms.count, frame.posts.count)
        let builders = Self.schema.fields.map { ColumnBuilder($0.type, capacity: count) }
        for row in 0..<count {
            builders[0].append(TrendPlan.owner)
            let group = row < frame.terms.count ? frame.groups[Int(frame.terms[row].group)] : []
            if group.isEmpty { builders[Self.group].appendNull() } else { builders[Self.group].append(group) }
            if row < frame.terms.count {
                append(frame.terms[row], of: frame, to: builders)
            } else {
                for builder in builders[1..<Self.firstOfPost - 1] { builder.appendNull() }
                builders[Self.firstOfPost - 1].appendList()
            }
            guard row < frame.posts.count else {
                for builder in builders[Self.firstOfPost..<Self.group] { builder.appendNull() }
                continue
            }
            let post = frame.posts[row]
            builders[7].append(post.reach)
            builders[8].append(post.time)
            builders[9].append(Int64(bitPattern: post.fingerprint))
            builders[10].append(post.text)
            builders[11].append(post.author)
        }
        return RecordBatch(schema: Self.schema, columns: builders.map { $0.finish() }, rowCount: count)
    }

    private func append(_ term: FrameTerms.Term, of frame: FrameTerms, to builders: [ColumnBuilder]) {
        builders[1].append(term.window)
        builders[2].append(Int64(bitPattern: term.hash))
        frame.bytes.withUnsafeBufferPointer { bytes in
            let range = Int(term.start)..<Int(term.start + term.length)
            builders[3].append(UnsafeBufferPointer(rebasing: bytes[range]))
        }
        builders[4].append(Int64(term.count))
        builders[5].append(term.first)
        for index in 0..<TrendPlan.postsShown where term.posts[index] != FrameTerms.none {
            builders[6].elements?.append(Int64(term.posts[index]))
        }
        builders[6].appendList()
    }

    func read(_ batch: RecordBatch) -> FrameTerms {
        var frame = FrameTerms()
        let columns = batch.columns
        guard let windows = columns[1].asInt64, let hashes = columns[2].asInt64, let texts = columns[3].asBytes,
            let counts = columns[4].asInt64, let firsts = columns[5].asInt64, let shown = columns[6].asList,
            let numbers = shown.elements.asInt64
        else { return frame }
        frame.terms.reserveCapacity(batch.rowCount)
        let keys = columns[Self.group].asBytes
        var groups: [[UInt8]: UInt32] = [:]
        for row in 0..<batch.rowCount where texts.isValid(row) {
            let key = keys.map { $0.isValid(row) ? Array($0[row]) : [] } ?? []
            let group = groups[key] ?? UInt32(truncatingIfNeeded: frame.groups.count)
            if group == frame.groups.count {
                groups[key] = group
                frame.groups.append(key)
            }
            var posts = FrameTerms.noPosts
            for (place, index) in shown[row].enumerated() { posts[place] = UInt32(clamping: numbers.values[index]) }
            let text = texts[row]
            frame.terms.append(
                FrameTerms.Term(
                    hash: UInt64(bitPattern: hashes.values[row]), window: windows.values[row],
                    first: firsts.values[row], count: UInt32(clamping: counts.values[row]),
                    start: UInt32(truncatingIfNeeded: frame.bytes.count),
                    length: UInt32(truncatingIfNeeded: text.count), posts: posts, group: group))
            frame.bytes.append(contentsOf: text)
        }
        frame.posts = readPosts(batch)
        return frame
    }

    private func readPosts(_ batch: RecordBatch) -> [FrameTerms.Post] {
        let columns = batch.columns
        guard let reach = columns[7].asInt64, let times = columns[8].asInt64, let fingerprints = columns[9].asInt64,
            let texts = columns[10].asBytes, let authors = columns[11].asBytes
        else { return [] }
        return (0..<batch.rowCount).filter { texts.isValid($0) }.map { row in
            FrameTerms.Post(
                reach: reach.values[row], time: times.values[row],
                fingerprint: UInt64(bitPattern: fingerprints.values[row]), text: Array(texts[row]),
                author: Array(authors[row]))
        }
    }
}
