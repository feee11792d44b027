import Columnar
import Dataflow
import Detection
import Primitives

/// The windows of a `trend` that may still gain rows, as rows of state, a window a bucket. All have one owner, since
/// one subtask ranks.
struct CapturedTerms {
    private static let head = [Field("owner", .int64)]
    private static let post = DataType.struct([
        Field("reach", .int64), Field("time", .timestamp), Field("fingerprint", .int64), Field("text", .string),
        Field("author", .string),
    ])

    /// The terms of windows that are not over.
    static let terms = StateTable(
        "terms",
        Schema(
            head + [
                Field("window", .timestamp), Field("hash", .int64), Field("mentions", .int64),
                Field("first", .timestamp), Field("text", .string, isNullable: true), Field("posts", .list(post)),
                Field("places", .list(.int64)), Field("group", .bytes),
            ]), keyColumns: 3)
    /// What the terms of those windows had counted that have no counter, in pieces.
    static let losers = StateTable(
        "losers",
        Schema(
            head + [
                Field("window", .timestamp), Field("piece", .int64), Field("capacity", .int64), Field("cells", .bytes),
            ]), keyColumns: 3)
    private static let ranks = DataType.struct([Field("group", .bytes), Field("ranks", .int64)])
    /// What else decides how those windows go on.
    static let windows = StateTable(
        "windows",
        Schema(
            head + [
                Field("window", .timestamp), Field("floor", .float64), Field("ranks", .list(ranks)),
                Field("news", .bool),
                Field("due", .bool),
            ]), keyColumns: 2)

    private static let foreign = Fault(
        "state.columns", "the stored state of a trend has other columns than any version that this one reads",
        hint: "run the version that wrote it, or begin anew with another --state", domain: .internal)

    static let tables = [terms, losers, windows]

    // MARK: writing

    /// The terms of a window that have changed, or all.
    func write(_ window: TrendWindow, all: Bool) -> [RecordBatch] {
        var rows = StateBatchBuilder(Self.terms.schema)
        let builders = rows.builders
        window.takeChanges(all: all) { term in
            let shown = window.shown(term.record)
            builders[0].append(TrendPlan.owner)
            builders[1].append(window.start)
            builders[2].append(Int64(bitPattern: term.hash))
            builders[3].append(Int64(term.count))
            builders[4].append(term.first)
            if let shown { builders[5].append(shown.text) } else { builders[5].appendNull() }
            for post in shown?.posts ?? [] { Self.append(post, to: builders[6]) }
            builders[6].appendList()
            for place in window.places(term.record) { builders[7].elements?.append(Int64(place)) }
            builders[7].appendList()
            builders[8].append(window.group(term.record) ?? [])
            rows.endRow()
        }
        return rows.finish()
    }

    private static func append(_ post: FrameTerms.Post, to list: ColumnBuilder) {
        guard let posts = list.elements else { return }
        posts.members[0].append(post.reach)
        posts.members[1].append(post.time)
        posts.members[2].append(Int64(bitPattern: post.fingerprint))
        posts.members[3].append(post.text)
        posts.members[4].append(post.author)
        posts.appendStruct()
    }

    /// The counts of a window's terms without a counter, as far as they have changed, or all.
    func write(losers window: TrendWindow, all: Bool) -> [RecordBatch] {
        var rows = StateBatchBuilder(Self.losers.schema)
        let builders = rows.builders
        let capacity = Int64(window.counter.losersMax)
        window.takeLosers(all: all) { piece, cells in
            builders[0].append(TrendPlan.owner)
            builders[1].append(window.start)
            builders[2].append(Int64(piece))
            builders[3].append(capacity)
            builders[4].append(cells)
            rows.endRow()
        }
        return rows.finish()
    }

    /// A window's standing, if it has changed, or in any case.
    func write(standing window: TrendWindow, all: Bool) -> [RecordBatch] {
        guard let standing = window.takeStanding(all: all) else { return [] }
        var rows = StateBatchBuilder(Self.windows.schema)
        rows.builders[0].append(TrendPlan.owner)
        rows.builders[1].append(window.start)
        rows.builders[2].append(standing.floor)
        if let shown = rows.builders[3].elements {
            for (group, ranks) in standing.ranks.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                shown.members[0].append(group)
                shown.members[1].append(Int64(ranks))
                shown.appendStruct()
            }
        }
        rows.builders[3].appendList()
        rows.builders[4].append(standing.isNews)
        rows.builders[5].append(standing.isDue)
        rows.endRow()
        return rows.finish()
    }

    // MARK: reading

    func read(terms rows: RecordBatch, into window: TrendWindow) throws(Fault) {
        guard let hashes = rows.column("hash", .int64)?.asInt64, let counts = rows.column("mentions", .int64)?.asInt64,
            let firsts = rows.column("first", .timestamp)?.asInt64, let texts = rows.column("text", .string)?.asBytes,
            let lists = rows.column("posts", .list(Self.post))?.asList, let members = lists.elements.asStruct?.children,
            let reach = members[0].asInt64, let times = members[1].asInt64, let fingerprints = members[2].asInt64,
            let shown = members[3].asBytes, let authors = members[4].asBytes
        else { throw Self.foreign }
        let places = rows.column("places", .list(.int64))?.asList
        let groups = rows.column("group", .bytes)?.asBytes
        for row in 0..<rows.rowCount {
            let posts = lists[row].map { index in
                FrameTerms.Post(
                    reach: reach.values[index], time: times.values[index],
                    fingerprint: UInt64(bitPattern: fingerprints.values[index]), text: Array(shown[index]),
                    author: Array(authors[index]))
            }
            window.restore(
                UInt64(bitPattern: hashes.values[row]), count: UInt32(clamping: counts.values[row]),
                first: firsts.values[row], text: texts.isValid(row) ? Array(texts[row]) : nil,
                group: groups.map { Array($0[row]) } ?? [], posts: posts,
                places: places.map { places in
                    places[row].compactMap { index in places.elements.asInt64.map { UInt32(clamping: $0.values[index]) }
                    }
                })
        }
    }

    func read(losers rows: RecordBatch, into window: TrendWindow) throws(Fault) {
        guard let pieces = rows.column("piece", .int64)?.asInt64,
            let capacities = rows.column("capacity", .int64)?.asInt64, let cells = rows.column("cells", .bytes)?.asBytes
        else { throw Self.foreign }
        // With another number of terms cells stand for other terms.
        for row in 0..<rows.rowCount where capacities.values[row] == window.counter.losersMax {
            try window.restoreLosers(Array(cells[row]), piece: Int(pieces.values[row]))
        }
    }

    func read(standing rows: RecordBatch, into window: TrendWindow) throws(Fault) {
        guard let floors = rows.column("floor", .float64)?.asFloat64, let news = rows.column("news", .bool)?.asBool,
            let due = rows.column("due", .bool)?.asBool
        else { throw Self.foreign }
        guard rows.rowCount > 0 else { return }
        var standing = TrendWindow.Standing(floor: floors.values[0], isNews: news[0], isDue: due[0])
        standing.ranks = try Self.ranks(of: rows)
        window.restore(standing)
    }

    /// The ranks that each group has. The version before groups wrote one number.
    private static func ranks(of rows: RecordBatch) throws(Fault) -> [[UInt8]: Int] {
        if let ranks = rows.column("ranks", .int64)?.asInt64 { return [[]: Int(clamping: ranks.values[0])] }
        guard let lists = rows.column("ranks", .list(Self.ranks))?.asList,
            let shown = lists.elements.asStruct?.children, let groups = shown[0].asBytes, let ranks = shown[1].asInt64
        else { throw foreign }
        return Dictionary(lists[0].map { (Array(groups[$0]), Int(clamping: ranks.values[$0])) }) { $1 }
    }
}
