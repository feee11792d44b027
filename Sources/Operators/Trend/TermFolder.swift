import Columnar
import Dataflow
import Primitives
import TextAnalysis

/// Folds the rows of a frame into its terms. Its memory is used again for the next frame.
struct TermFolder {
    private static let free = UInt32.max

    private let plan: TrendPlan
    private let refusal: RowRefusal
    private var phrases = PhraseReader()
    /// Open addressing over positions in `terms`, at most half full.
    private var slots = [UInt32](repeating: free, count: 1_024)
    /// The row that counted a term last, by term: a row counts a term once.
    private var lastRows: [UInt32] = []
    private var result = FrameTerms()
    private var rows = RowFacts()
    /// The groups of a frame's rows, by the hash of their keys.
    private var groups: [UInt64: UInt32] = [:]
    /// The group of the row being read, and the seed of its terms' hashes.
    private var group: (number: UInt32, seed: UInt64) = (0, 0)

    /// What decides between the rows of a frame.
    private struct RowFacts {
        var reach: [Int64] = []
        var fingerprints: [UInt64] = []
        /// Whether the row being read has something to show.
        var isShown = false

        mutating func reset(_ count: Int) {
            reach = Array(repeating: 0, count: count)
            fingerprints = Array(repeating: 0, count: count)
        }
    }

    init(_ plan: TrendPlan, _ refusal: RowRefusal) {
        self.plan = plan
        self.refusal = refusal
    }

    /// The terms of a frame's rows; what is late or out of range is put aside.
    mutating func fold(_ frame: Frame, _ output: OperatorOutput) -> FrameTerms {
        clear()
        let batch = refuseFarTimes(frame.batch, output)
        guard let times = batch.eventTimes, batch.selectedCount > 0 else { return result }
        rows.reset(batch.rowCount)
        let reach = plan.reach.map { batch.column(at: $0) }
        let shown = plan.post.flatMap { batch.column(at: $0).asBytes }
        var late: [UInt32] = []
        let terms = batch.column(at: plan.terms.path)
        var keys = RowKeyEncoder(plan.keys.map { batch.column(at: $0) })
        defer { keys.deallocate() }
        batch.forEachRow { row in
            let time = times.values[row]
            let window = plan.windowStart(time)
            guard window + plan.window + plan.lateness > frame.floor.microseconds else {
                return late.append(UInt32(truncatingIfNeeded: row))
            }
            if !reach.isEmpty { rows.reach[row] = Self.sum(reach, row) }
            rows.isShown = shown?.isValid(row) ?? false
            if rows.isShown, let shown { rows.fingerprints[row] = TextFingerprint.hash(shown[row]) }
            setGroup(plan.keys.isEmpty ? nil : keys.encode(row))
            addTerms(terms, row, window, times.values)
        }
        output.ledger.folded += Int64(batch.selectedCount - late.count)
        if !late.isEmpty { refusal.putAside(batch, late, "its window is over", frame.floor, output) }
        if let shown { keepPosts(batch, shown, times) }
        return result
    }

    private mutating func clear() {
        if slots.count > 1_024 && result.terms.count * 8 < slots.count {
            slots = [UInt32](repeating: Self.free, count: slots.count / 2)
        } else {
            for index in slots.indices { slots[index] = Self.free }
        }
        lastRows.removeAll(keepingCapacity: true)
        result.terms.removeAll(keepingCapacity: true)
        result.bytes.removeAll(keepingCapacity: true)
        result.posts = []
        result.groups = []
        groups.removeAll(keepingCapacity: true)
    }

    /// - Parameter key: `nil`: all rows are of one group.
    private mutating func setGroup(_ key: UnsafeRawBufferPointer?) {
        guard let key else {
            if result.groups.isEmpty { result.groups = [[]] }
            return
        }
        let seed = Hashing.hash64(key)
        if let number = groups[seed] {
            group = (number, seed)
        } else {
            group = (UInt32(truncatingIfNeeded: result.groups.count), seed)
            groups[seed] = group.number
            result.groups.append(Array(key))
        }
    }

    private mutating func addTerms(_ column: Column, _ row: Int, _ window: Int64, _ times: UnsafePointer<Int64>) {
        switch plan.terms {
        case .column:
            if let list = column.asList {
                guard let elements = list.elements.asBytes else { return }
                for position in list[row] where elements.isValid(position) {
                    add(UnsafeRawBufferPointer(elements[position]), row, window, times)
                }
            } else if let texts = column.asBytes, texts.isValid(row) {
                add(UnsafeRawBufferPointer(texts[row]), row, window, times)
            }
        case .phrases(_, let lengths):
            guard let texts = column.asBytes, texts.isValid(row) else { return }
            var reader = phrases
            phrases = PhraseReader()
            reader.read(texts[row], lengths) { add($0, row, window, times) }
            phrases = reader
        }
    }

    private mutating func add(
        _ text: UnsafeRawBufferPointer, _ row: Int, _ window: Int64, _ times: UnsafePointer<Int64>
    ) {
        guard !text.isEmpty else { return }
        let hash = Hashing.hash64(text, seed: group.seed)
        let number = UInt32(truncatingIfNeeded: row)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != Self.free {
            let index = Int(slots[slot])
            if result.terms[index].hash == hash && result.terms[index].window == window {
                guard lastRows[index] != number else { return }
                lastRows[index] = number
                result.terms[index].count += 1
                result.terms[index].first = min(result.terms[index].first, times[row])
                if rows.isShown { takePost(index, number, times) }
                return
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = UInt32(truncatingIfNeeded: result.terms.count)
        let kept = FrameTerms.cut(text.assumingMemoryBound(to: UInt8.self))
        var posts = FrameTerms.noPosts
        if rows.isShown { posts[0] = number }
        result.terms.append(
            FrameTerms.Term(
                hash: hash, window: window, first: times[row], count: 1,
                start: UInt32(truncatingIfNeeded: result.bytes.count), length: UInt32(truncatingIfNeeded: kept.count),
                posts: posts, group: group.number))
        result.bytes.append(contentsOf: kept)
        lastRows.append(number)
        if result.terms.count * 2 > slots.count { grow() }
    }

    private mutating func grow() {
        slots = [UInt32](repeating: Self.free, count: slots.count * 2)
        for (index, term) in result.terms.enumerated() {
            var slot = Int(truncatingIfNeeded: term.hash) & (slots.count - 1)
            while slots[slot] != Self.free { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(truncatingIfNeeded: index)
        }
    }

    /// Puts a row among the best of a term, in which rows stand for posts until the frame has been read.
    private mutating func takePost(_ index: Int, _ row: UInt32, _ times: UnsafePointer<Int64>) {
        var posts = result.terms[index].posts
        _ = FrameTerms.insert(row, into: &posts) { left, right in
            rows.fingerprints[Int(left)] == rows.fingerprints[Int(right)]
        } isBefore: { left, right in
            isBefore(left, right, times)
        }
        result.terms[index].posts = posts
    }

    private func isBefore(_ left: UInt32, _ right: UInt32, _ times: UnsafePointer<Int64>) -> Bool {
        let (left, right) = (Int(left), Int(right))
        if rows.reach[left] != rows.reach[right] { return rows.reach[left] > rows.reach[right] }
        return times[left] < times[right]
    }

    /// Copies the posts that some term shows.
    private mutating func keepPosts(_ batch: RecordBatch, _ shown: BytesColumn, _ times: Int64Column) {
        let authors = plan.author.flatMap { batch.column(at: $0).asBytes }
        var numbers = [UInt32](repeating: FrameTerms.none, count: batch.rowCount)
        for index in result.terms.indices {
            for place in 0..<TrendPlan.postsShown where result.terms[index].posts[place] != FrameTerms.none {
                let row = Int(result.terms[index].posts[place])
                if numbers[row] == FrameTerms.none {
                    numbers[row] = UInt32(truncatingIfNeeded: result.posts.count)
                    result.posts.append(
                        FrameTerms.Post(
                            reach: rows.reach[row], time: times.values[row], fingerprint: rows.fingerprints[row],
                            text: Array(FrameTerms.cut(shown[row])),
                            author: authors.map { Array(FrameTerms.cut($0[row])) } ?? []))
                }
                result.terms[index].posts[place] = numbers[row]
            }
        }
    }

    /// Far from where sums of times could overflow.
    private func refuseFarTimes(_ batch: RecordBatch, _ output: OperatorOutput) -> RecordBatch {
        guard let times = batch.eventTimes else { return batch }
        let range = Int64.min / 2...Int64.max / 2
        var isGood = true
        batch.forEachRow { row in isGood = isGood && range.contains(times.values[row]) }
        if isGood { return batch }
        return refusal.refuse(
            batch, code: "trend.time_range", reason: "its event time is too far out", output
        ) { !range.contains(times.values[$0]) }
    }

    private static func sum(_ columns: [Column], _ row: Int) -> Int64 {
        columns.reduce(0) { sum, column in
            guard let value = column.number(row), value > 0 else { return sum }
            return sum &+ Int64(min(value, 1e15))
        }
    }
}
