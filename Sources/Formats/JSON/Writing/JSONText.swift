/// Writes single JSON values as text.
package enum JSONText {
    package static func appendNull(to output: inout [UInt8]) {
        write(TextCursor.plainRoom, to: &output) { $0.appendNull() }
    }

    package static func append(_ value: Bool, to output: inout [UInt8]) {
        write(TextCursor.plainRoom, to: &output) { $0.append(value) }
    }

    package static func append(_ value: Int64, to output: inout [UInt8]) {
        write(TextCursor.plainRoom, to: &output) { $0.append(number: value) }
    }

    /// The shortest text that reads back as the same number; null for what JSON has no number for.
    package static func append(_ value: Double, to output: inout [UInt8]) {
        write(TextCursor.plainRoom, to: &output) { $0.append(number: value) }
    }

    /// A string in quotes; the bytes are valid UTF-8.
    package static func append(_ value: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        write(TextCursor.room(value), to: &output) { $0.append(quoted: value) }
    }

    package static func append(_ value: [UInt8], to output: inout [UInt8]) {
        value.withUnsafeBufferPointer { append($0, to: &output) }
    }

    package static func append(_ value: String, to output: inout [UInt8]) {
        var value = value
        value.withUTF8 { append($0, to: &output) }
    }

    /// Bytes: a string where they are UTF-8, else `{"base64":"…"}` (RFC 4648), which no text can be taken for.
    package static func append(bytes value: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        write(TextCursor.room(value), to: &output) { $0.append(bytes: value) }
    }

    @inline(__always)
    private static func write(_ room: Int, to output: inout [UInt8], _ body: (inout TextCursor) -> Void) {
        output.append(addingCapacity: room) { span in
            span.withUnsafeMutableBufferPointer { buffer, count in
                guard let base = buffer.baseAddress else { return }
                var cursor = TextCursor(base + count)
                body(&cursor)
                count = cursor.end - base
            }
        }
    }
}
