package import Primitives

extension VolumeDetector: Serializable {
    package static let name = "volume detector"
    package static let version: UInt8? = 2

    /// Observations; the running means; the scale; the levels; each tail with its length; the wake.
    package func append(to writer: inout ByteWriter) {
        writer.append(Int64(count))
        for value in [slow, recent, dayDrift, weekDrift, scale.mean] { writer.append(value) }
        writer.append(UInt8(scale.isCounts ? 1 : 0))
        for quartile in scale.quartiles { writer.append(quartile) }
        writer.append(scale.range)
        writer.append(UInt8(scale.first.count))
        for value in scale.first { writer.append(value) }
        for level in levels.levels { writer.append(level) }
        for seen in levels.seen { writer.append(seen) }
        for tail in tails {
            let bytes = tail.serialized()
            writer.append(UInt16(bytes.count))
            writer.append(bytes)
        }
        for value in wake { writer.append(value) }
    }

    package init(_ reader: inout ByteReader) throws(Fault) {
        try readCount(&reader)
        slow = try reader.readFinite()
        recent = try reader.readFinite()
        dayDrift = try reader.readFinite()
        weekDrift = try reader.readFinite()
        scale.mean = try reader.readFinite()
        scale.isCounts = try reader.read(UInt8.self) != 0
        try readScale(&reader)
        try readLevels(&reader)
        for index in tails.indices { tails[index] = try Self.readTail(&reader) }
        for index in wake.indices { wake[index] = try reader.readFinite() }
    }

    private mutating func readCount(_ reader: inout ByteReader) throws(Fault) {
        let count = try reader.read(Int64.self)
        guard count >= 0 else { throw ByteReader.fault }
        self.count = Int(count)
        scale.count = self.count
    }

    private mutating func readScale(_ reader: inout ByteReader) throws(Fault) {
        for index in scale.quartiles.indices { scale.quartiles[index] = try reader.readFinite() }
        scale.range = try reader.readFinite()
        let first = try reader.read(UInt8.self)
        guard first < RunningScale.firstMax, scale.range > 0 || count == 0 else { throw ByteReader.fault }
        for _ in 0..<first { scale.first.append(try reader.readFinite()) }
    }

    private mutating func readLevels(_ reader: inout ByteReader) throws(Fault) {
        for index in levels.levels.indices { levels.levels[index] = try reader.readFinite() }
        for index in levels.seen.indices {
            levels.seen[index] = try reader.read(Int32.self)
            guard levels.seen[index] >= 0 else { throw ByteReader.fault }
        }
    }

    private static func readTail(_ reader: inout ByteReader) throws(Fault) -> TailEstimate {
        let length = try reader.read(UInt16.self)
        return try TailEstimate(serialized: Array(try reader.read(Int(length))))
    }
}

extension VolumeDetector {
    /// Reads what this or an earlier version wrote.
    package static func read(_ bytes: [UInt8]) throws(Fault) -> VolumeDetector {
        guard bytes.first == 1 else { return try VolumeDetector(serialized: bytes) }
        return try bytes.read { (reader) throws(Fault) in
            _ = try reader.read(UInt8.self)
            let detector = try VolumeDetector(firstVersion: &reader)
            guard reader.isAtEnd else { throw ByteReader.fault }
            return detector
        }
    }

    /// The first version knew half-hours, and another third deviation, which is learnt anew; and not whether it counts:
    /// the next values tell.
    private init(firstVersion reader: inout ByteReader) throws(Fault) {
        try readCount(&reader)
        slow = try reader.readFinite()
        recent = try reader.readFinite()
        _ = try reader.readFinite()
        try readScale(&reader)
        scale.mean = max(0, scale.quartiles[1])
        var (halves, seen): ([Double], [Int32]) = ([], [])
        for _ in 0..<SeasonalLevels.slots * 2 { halves.append(try reader.readFinite()) }
        for _ in halves { seen.append(max(0, try reader.read(Int32.self))) }
        for slot in 0..<SeasonalLevels.slots {
            let pair = [slot * 2, slot * 2 + 1].filter { seen[$0] > 0 }
            guard !pair.isEmpty else { continue }
            levels.levels[slot] = pair.reduce(0) { $0 + halves[$1] } / Double(pair.count)
            levels.seen[slot] = pair.reduce(0) { max($0, seen[$1]) }
        }
        for index in tails.indices {
            let tail = try Self.readTail(&reader)
            if index < 2 { tails[index] = tail }
        }
        for index in wake.indices { wake[index] = try reader.readFinite() }
    }
}
