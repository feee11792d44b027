#if canImport(Glibc)
    import Glibc
#endif

/// Searching in and joining strings and bytes.
enum TextKernels {
    /// `contains`: the part anywhere in the text.
    static func contains(_ frame: Frame, _ text: Vector, _ part: Vector) -> Vector {
        test(frame, text, part) { text, part in
            guard let start = text.baseAddress, let partStart = part.baseAddress, part.count > 0 else {
                return part.isEmpty
            }
            return find(start, text.count, partStart, part.count) != nil
        }
    }

    /// Where a part that is not empty first lies in a text.
    ///
    /// Eight places are tested at a time: the first and the last byte of the part must both be where the part would
    /// lie. Only where they are is the rest compared. (The "generic SIMD" search of Wojciech Muła, within a word.)
    static func find(
        _ text: UnsafePointer<UInt8>, _ length: Int, _ part: UnsafePointer<UInt8>, _ partLength: Int
    ) -> Int? {
        // The last place at which the part fits.
        let end = length - partLength
        guard end >= 7 else { return findShort(text, length, part, partLength) }
        let raw = UnsafeRawPointer(text)
        let ones: UInt64 = 0x0101_0101_0101_0101
        let first = UInt64(part[0]) &* ones
        let last = UInt64(part[partLength &- 1]) &* ones
        var position = 0
        while true {
            let starts = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let ends = raw.loadUnaligned(fromByteOffset: position &+ partLength &- 1, as: UInt64.self)
            // A byte is zero exactly where both agree; the lowest marked byte is surely zero, those above may not be.
            let difference = (starts ^ first) | (ends ^ last)
            var zeros = (difference &- ones) & ~difference & (ones &<< 7)
            while zeros != 0 {
                let place = position &+ zeros.trailingZeroBitCount &>> 3
                if memcmp(text + place, part, partLength) == 0 { return place }
                zeros &= zeros &- 1
            }
            if position == end &- 7 { return nil }
            // The last step may look at some places again, so that it stays within the text.
            position = min(position &+ 8, end &- 7)
        }
    }

    private static func findShort(
        _ text: UnsafePointer<UInt8>, _ length: Int, _ part: UnsafePointer<UInt8>, _ partLength: Int
    ) -> Int? {
        var position = 0
        while position + partLength <= length {
            guard let found = memchr(text + position, Int32(part[0]), length - partLength - position + 1) else {
                return nil
            }
            position = UnsafeRawPointer(text).distance(to: UnsafeRawPointer(found))
            if memcmp(text + position, part, partLength) == 0 { return position }
            position += 1
        }
        return nil
    }

    static func startsWith(_ frame: Frame, _ text: Vector, _ part: Vector) -> Vector {
        test(frame, text, part) { text, part in
            part.count <= text.count
                && ComparisonKernels.bytesEqual(text.baseAddress, part.baseAddress, part.count)
        }
    }

    static func endsWith(_ frame: Frame, _ text: Vector, _ part: Vector) -> Vector {
        test(frame, text, part) { text, part in
            part.count <= text.count
                && ComparisonKernels.bytesEqual(
                    text.baseAddress.map { $0 + (text.count - part.count) }, part.baseAddress, part.count)
        }
    }

    @inline(__always)
    private static func test(
        _ frame: Frame, _ text: Vector, _ part: Vector,
        _ holds: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
    ) -> Vector {
        let (texts, parts, active) = (text.texts, part.texts, frame.active)
        return Vector(Words(rows: frame.rowCount) { active[$0] && holds(texts[$0], parts[$0]) })
    }

    /// `+` of two strings or of two bytes.
    static func concatenate(isString: Bool) -> @Sendable (Frame, Vector, Vector) -> Vector {
        { frame, left, right in
            let (first, second) = (left.texts, right.texts)
            return build(frame, isString: isString) { row, output in
                output.append(first[row])
                output.append(second[row])
                return nil
            }
        }
    }

    /// Writes a string for each active row; a row gives its error instead, if it has one.
    @inline(__always)
    static func build(
        _ frame: Frame, isString: Bool = true, _ write: (Int, inout BytesOutput) -> RowError?
    ) -> Vector {
        var output = BytesOutput(rows: frame.rowCount, capacity: frame.rowCount * 16)
        var recorder = FailureRecorder(frame)
        for row in 0..<frame.rowCount {
            var error: RowError?
            if frame.active[row] { error = write(row, &output) }
            if !output.finishRow() { error = .tooLarge }
            if let error { recorder.fail(row, error) }
        }
        return output.finish(isString: isString, failures: recorder.finish())
    }

    /// Characters of a string, by code point.
    static func characterCount(_ frame: Frame, _ text: Vector) -> Vector {
        let texts = text.texts
        let output = NumberOutput<Int64>(rows: frame.rowCount)
        for row in 0..<frame.rowCount { output.values[row] = Int64(characters(texts[row])) }
        return output.finish(as: .int)
    }

    static func byteCount(_ frame: Frame, _ text: Vector) -> Vector {
        let texts = text.texts
        let output = NumberOutput<Int64>(rows: frame.rowCount)
        for row in 0..<frame.rowCount { output.values[row] = Int64(texts[row].count) }
        return output.finish(as: .int)
    }

    /// A character starts at every byte that does not continue one.
    @inline(__always)
    static func characters(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        guard let start = text.baseAddress else { return 0 }
        var continuing = 0
        var index = 0
        while index + 8 <= text.count {
            let word = UnsafeRawPointer(start).loadUnaligned(fromByteOffset: index, as: UInt64.self)
            // A continuing byte has its top bit set and the next one clear.
            continuing &+= (word &>> 7 & ~word &>> 6 & 0x0101_0101_0101_0101).nonzeroBitCount
            index &+= 8
        }
        while index < text.count {
            continuing &+= start[index] & 0xC0 == 0x80 ? 1 : 0
            index &+= 1
        }
        return text.count &- continuing
    }
}
