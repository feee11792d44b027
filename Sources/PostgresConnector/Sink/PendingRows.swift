import Columnar
import Primitives

/// The rows that wait for a commit: of each key only the last counts, and they go out sorted by key.
struct PendingRows {
    /// Where a row lies.
    struct Version {
        let batch: Int32
        let row: Int32
        /// The version of the same key that this one replaced, which still stands if the server refuses this one; −1.
        let previous: Int32
    }

    /// A key and the last version of its row.
    private struct Entry {
        /// The key's first 16 bytes, which settle most comparisons.
        let prefix: (UInt64, UInt64)
        let keyStart: Int
        let keyLength: Int
        var version: Int32
    }

    private let encoder: SortKeyEncoder?
    private let wires: [WireType]
    private(set) var batches: [RecordBatch] = []
    /// The epoch of each batch whose epoch has ended.
    private var epochs: [Int64] = []
    private(set) var versions: [Version] = []
    private var readers: [FieldReader] = []
    private var entries: [Entry] = []
    private var keys = ByteBuffer(capacity: 1 << 12)
    /// Open addressing: position of an entry plus one, or 0; a power of two of slots.
    private var slots: [Int32] = []
    private var batchBytes = 0

    init(_ plan: TablePlan) {
        wires = plan.columns.map(\.wire)
        let columns = plan.keyColumns
        encoder =
            columns.isEmpty
            ? nil : SortKeyEncoder(columns: columns, nullable: columns.map { plan.columns[$0].field.isNullable })
    }

    /// Rows taken, replaced ones too.
    var count: Int { versions.count }
    /// Bytes of memory.
    var byteCount: Int { batchBytes + keys.count + versions.count * 12 + entries.count * 48 }

    /// Takes the selected rows of a batch that can be stored, and gives `refuse` the others.
    mutating func append(_ batch: RecordBatch, refuse: (Int, Storable.Refusal) -> Void) {
        let storable = Storable(batch)
        let first = readers.count
        readers += zip(batch.columns, wires).map { FieldReader($0, wire: $1) }
        batches.append(batch)
        batchBytes += batch.memoryFootprint
        versions.reserveCapacity(versions.count + batch.selectedCount)
        let number = Int32(truncatingIfNeeded: batches.count - 1)
        batch.forEachRow { row in
            if !storable.isCertain, let refusal = storable.refusal(row) { return refuse(row, refusal) }
            if !add(batch: number, row: row, firstReader: first) { refuse(row, .nullKey) }
        }
    }

    /// - Returns: `false` if the row's key is null where it must not be.
    private mutating func add(batch: Int32, row: Int, firstReader: Int) -> Bool {
        let version = Int32(truncatingIfNeeded: versions.count)
        var previous: Int32 = -1
        if let encoder {
            let start = keys.count
            let isKeyed = readers.withUnsafeBufferPointer { readers in
                guard let fields = readers.baseAddress.map({ $0 + firstReader }) else { return false }
                if encoder.isBroken(fields, row: row) { return false }
                encoder.encode(fields, row: row, into: keys)
                return true
            }
            guard isKeyed else { return false }
            let length = keys.count - start
            if let entry = findOrInsert(start: start, length: length, version: version) {
                previous = entries[entry].version
                entries[entry].version = version
                keys.truncate(to: start)
            }
        }
        versions.append(Version(batch: batch, row: Int32(truncatingIfNeeded: row), previous: previous))
        return true
    }

    /// The entry that has the key at the end of `keys`; `nil` if it was new and has one now.
    private mutating func findOrInsert(start: Int, length: Int, version: Int32) -> Int? {
        if entries.count * 2 >= slots.count { growSlots() }
        let key = UnsafeRawBufferPointer(start: keys.base + start, count: length)
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Hashing.hash64(key)) & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            let entry = entries[index]
            if entry.keyLength == length, compareBytes(keys.base + entry.keyStart, keys.base + start, length) == 0 {
                return index
            }
            slot = (slot + 1) & mask
        }
        entries.append(
            Entry(
                prefix: (Self.word(key, 0), Self.word(key, 8)), keyStart: start, keyLength: length, version: version))
        slots[slot] = Int32(truncatingIfNeeded: entries.count)
        return nil
    }

    private mutating func growSlots() {
        let size = max(1_024, slots.count * 4)
        slots = [Int32](repeating: 0, count: size)
        for index in entries.indices {
            let entry = entries[index]
            let key = UnsafeRawBufferPointer(start: keys.base + entry.keyStart, count: entry.keyLength)
            var slot = Int(truncatingIfNeeded: Hashing.hash64(key)) & (size - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int32(truncatingIfNeeded: index + 1)
        }
    }

    /// Positions in `versions` of the rows to write: the last of each key in key order, or all as they came.
    func ordered() -> [Int32] {
        guard encoder != nil else { return versions.indices.map { Int32(truncatingIfNeeded: $0) } }
        let base = UnsafeRawPointer(keys.base)
        return entries.sorted { left, right in
            if left.prefix.0 != right.prefix.0 { return left.prefix.0 < right.prefix.0 }
            if left.prefix.1 != right.prefix.1 { return left.prefix.1 < right.prefix.1 }
            let order = compareBytes(
                base + left.keyStart, base + right.keyStart, min(left.keyLength, right.keyLength))
            return order != 0 ? order < 0 : left.keyLength < right.keyLength
        }.map(\.version)
    }

    /// Appends rows in COPY's format until the buffer is full enough to be sent.
    ///
    /// - Returns: where to go on.
    func encode(_ order: ArraySlice<Int32>, from start: Int, with encoder: RowEncoder, into buffer: ByteBuffer) -> Int {
        var index = start
        let width = wires.count
        readers.withUnsafeBufferPointer { readers in
            guard let base = readers.baseAddress else { return }
            while index < order.endIndex, buffer.count < 1 << 17 {
                let version = versions[Int(order[index])]
                let batch = Int(version.batch)
                encoder.append(
                    base + batch * width, columns: batches[batch].columns, row: Int(version.row), to: buffer)
                index += 1
            }
        }
        return index
    }

    /// Ends an epoch: what has come since the last one is its.
    mutating func seal(epoch: Int64) {
        epochs += Array(repeating: epoch, count: batches.count - epochs.count)
    }

    /// The rows that count, the last of each key or all, by batch, with the epochs of the batches. All are sealed.
    func remaining() -> [(epoch: Int64, rows: RecordBatch)] {
        var counts = [Bool](repeating: encoder == nil, count: versions.count)
        for entry in entries { counts[Int(entry.version)] = true }
        var rows = [[UInt32]](repeating: [], count: batches.count)
        for (version, isCounted) in zip(versions, counts) where isCounted {
            rows[Int(version.batch)].append(UInt32(truncatingIfNeeded: version.row))
        }
        return batches.indices.filter { !rows[$0].isEmpty }.map {
            (epochs[$0], batches[$0].selecting(SelectionVector(rows[$0])).compacted())
        }
    }

    /// Gives up the rows of an epoch and of those before.
    /// - Returns: how many there were, replaced ones too.
    mutating func remove(through epoch: Int64) -> Int {
        let before = versions.count
        let kept = zip(batches, epochs).filter { $0.1 > epoch }
        let unsealed = batches[epochs.count...]
        removeAll()
        // What cannot be stored was told of when it came.
        for (batch, epoch) in kept {
            append(batch) { _, _ in }
            seal(epoch: epoch)
        }
        for batch in unsealed { append(batch) { _, _ in } }
        return before - versions.count
    }

    mutating func removeAll() {
        epochs.removeAll()
        batches.removeAll()
        readers.removeAll(keepingCapacity: true)
        versions.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
        keys.removeAll()
        for index in slots.indices { slots[index] = 0 }
        batchBytes = 0
    }

    /// Eight bytes of a key as a number that orders like them; missing ones count as 0.
    private static func word(_ key: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        if offset + 8 <= key.count {
            return UInt64(bigEndian: key.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        var word: UInt64 = 0
        for index in offset..<offset + 8 { word = word << 8 | (index < key.count ? UInt64(key[index]) : 0) }
        return word
    }
}
