package import Primitives

extension VolumeDetector: Serializable {
    package static let name = "volume detector"
    package static let version: UInt8? = 1

    /// Observations; the running means; the scale; the levels; each tail with its length; the wake.
    package func append(to writer: inout ByteWriter) {
        writer.append(Int64(count))
        for value in [slow, recent, habit] { writer.append(value) }
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
        let count = try reader.read(Int64.self)
        guard count >= 0 else { throw ByteReader.fault }
        self.count = Int(count)
        slow = try reader.readFinite()
        recent = try reader.readFinite()
        habit = try reader.readFinite()
        scale.count = self.count
        for index in scale.quartiles.indices { scale.quartiles[index] = try reader.readFinite() }
        scale.range = try reader.readFinite()
        let first = try reader.read(UInt8.self)
        guard first < RunningScale.firstMax, scale.range > 0 || count == 0 else { throw ByteReader.fault }
        for _ in 0..<first { scale.first.append(try reader.readFinite()) }
        for index in levels.levels.indices { levels.levels[index] = try reader.readFinite() }
        for index in levels.seen.indices {
            levels.seen[index] = try reader.read(Int32.self)
            guard levels.seen[index] >= 0 else { throw ByteReader.fault }
        }
        for index in tails.indices {
            let length = try reader.read(UInt16.self)
            tails[index] = try TailEstimate(serialized: Array(try reader.read(Int(length))))
        }
        for index in wake.indices { wake[index] = try reader.readFinite() }
    }
}
