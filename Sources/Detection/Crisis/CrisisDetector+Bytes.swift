package import Primitives

extension CrisisDetector: Serializable {
    package static let name = "crisis detector"
    package static let version: UInt8? = 2

    /// Reads what this or an earlier version wrote.
    package static func read(_ bytes: [UInt8]) throws(Fault) -> CrisisDetector {
        guard bytes.first == 1 else { return try CrisisDetector(serialized: bytes) }
        // It knew nothing of a few minutes.
        var writer = ByteWriter()
        ShortOverdispersion().append(to: &writer)
        return try CrisisDetector(serialized: [2] + bytes.dropFirst() + writer.bytes)
    }

    /// The baselines of volumes and of reach, each with its length; moods; the hour that is counted; the severity; the
    /// minutes of the last hour, each with its start; the spread of a few minutes.
    package func append(to writer: inout ByteWriter) {
        for bytes in [volume.serialized(), reach.serialized()] {
            writer.append(UInt16(bytes.count))
            writer.append(bytes)
        }
        for value in [scored, negative, hourPosts] { writer.append(value) }
        for time in [moodTime, openHour] { writer.append(time) }
        writer.append(UInt8(isHourDisturbed ? 1 : 0))
        writer.append(UInt8(severity.rawValue))
        writer.append(UInt8(minutes.count))
        for (start, minute) in minutes {
            writer.append(start)
            minute.append(to: &writer)
        }
        short.append(to: &writer)
    }

    package init(_ reader: inout ByteReader) throws(Fault) {
        volume = try SeasonalBaseline(serialized: Array(try reader.read(Int(try reader.read(UInt16.self)))))
        reach = try ExponentialBaseline(serialized: Array(try reader.read(Int(try reader.read(UInt16.self)))))
        scored = try reader.readFinite()
        negative = try reader.readFinite()
        hourPosts = try reader.readFinite()
        moodTime = try reader.read(Int64.self)
        openHour = try reader.read(Int64.self)
        isHourDisturbed = try reader.read(UInt8.self) != 0
        guard let severity = CrisisSeverity(rawValue: Int(try reader.read(UInt8.self))), hourPosts >= 0,
            0...scored ~= negative
        else { throw ByteReader.fault }
        self.severity = severity
        for _ in 0..<(try reader.read(UInt8.self)) {
            let start = try reader.read(Int64.self)
            minutes.append((start, try CrisisMinute(&reader)))
        }
        short = try ShortOverdispersion(&reader)
    }
}

extension CrisisMinute: Serializable {
    package static let name = "minute of a crisis"
    package static let version: UInt8? = nil

    /// The five sums, then each text with its count.
    package func append(to writer: inout ByteWriter) {
        for sum in [posts, scored, negative, followers, engagement] { writer.append(sum) }
        writer.append(UInt16(texts.count))
        for (hash, times) in texts.sorted(by: { $0.key < $1.key }) {
            writer.append(hash)
            writer.append(times)
        }
    }

    package init(_ reader: inout ByteReader) throws(Fault) {
        posts = try reader.read(Int64.self)
        scored = try reader.read(Int64.self)
        negative = try reader.read(Int64.self)
        followers = try reader.read(Int64.self)
        engagement = try reader.read(Int64.self)
        for _ in 0..<(try reader.read(UInt16.self)) {
            let hash = try reader.read(UInt64.self)
            texts[hash] = try reader.read(Int64.self)
        }
        guard texts.count <= Self.textsMax else { throw ByteReader.fault }
    }
}
