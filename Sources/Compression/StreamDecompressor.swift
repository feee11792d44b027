import CZlib
import CZstd
package import Primitives

/// How a stream of bytes is compressed.
package enum CompressionFormat: String, Sendable, CaseIterable {
    case none
    case gzip
    case zstd

    /// Tells the format by the first bytes of a stream: gzip's are RFC 1952's, zstd's are RFC 8878's.
    package static func detect(_ head: UnsafeRawBufferPointer) -> CompressionFormat {
        if head.starts(with: [0x1F, 0x8B]) { return .gzip }
        if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
        return .none
    }
}

/// Decompresses a stream piece by piece. Members or frames that follow one another are one stream.
package final class StreamDecompressor {
    private enum Codec {
        case none
        case gzip(UnsafeMutablePointer<z_stream>)
        case zstd(OpaquePointer)
    }

    private let codec: Codec
    /// Whether the stream may end here: between two members or frames.
    private var isBetweenFrames = true

    package init(_ format: CompressionFormat) throws(Fault) {
        switch format {
        case .none: codec = .none
        case .gzip:
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            stream.initialize(to: z_stream())
            // 16 more than the largest window asks zlib for gzip's frame.
            guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
                stream.deallocate()
                throw Fault("compression.memory", "no memory to decompress gzip", domain: .external)
            }
            codec = .gzip(stream)
        case .zstd:
            guard let stream = ZSTD_createDStream() else {
                throw Fault("compression.memory", "no memory to decompress zstd", domain: .external)
            }
            codec = .zstd(stream)
        }
    }

    deinit {
        switch codec {
        case .none: break
        case .gzip(let stream):
            inflateEnd(stream)
            stream.deallocate()
        case .zstd(let stream): ZSTD_freeDStream(stream)
        }
    }

    /// Decompresses as much as fits.
    /// - Returns: bytes taken from `input` and bytes written to `output`.
    package func decompress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(Fault) -> (consumed: Int, produced: Int) {
        guard !output.isEmpty else { return (0, 0) }
        switch codec {
        case .none:
            let count = min(input.count, output.count)
            output.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[..<count]))
            return (count, count)
        case .gzip(let stream): return try inflate(stream, input, output)
        case .zstd(let stream): return try decompressZstd(stream, input, output)
        }
    }

    /// Says that the input has ended; a stream that was cut off is a fault.
    package func finish() throws(Fault) {
        guard isBetweenFrames else {
            throw Fault(
                "compression.truncated", "the compressed stream is cut off", hint: "the file may still be written",
                domain: .external)
        }
    }

    private func inflate(
        _ stream: UnsafeMutablePointer<z_stream>, _ input: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer
    ) throws(Fault) -> (consumed: Int, produced: Int) {
        // zlib asks for a mutable pointer but does not write through it.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(clamping: input.count)
        stream.pointee.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(clamping: output.count)
        let (inputBefore, outputBefore) = (stream.pointee.avail_in, stream.pointee.avail_out)
        let status = CZlib.inflate(stream, Z_NO_FLUSH)
        let consumed = Int(inputBefore - stream.pointee.avail_in)
        let produced = Int(outputBefore - stream.pointee.avail_out)
        switch status {
        case Z_OK, Z_BUF_ERROR:
            if consumed > 0 { isBetweenFrames = false }
        case Z_STREAM_END:
            isBetweenFrames = true
            inflateReset(stream)
        default:
            throw corrupt("gzip", stream.pointee.msg.map { String(cString: $0) })
        }
        return (consumed, produced)
    }

    private func decompressZstd(
        _ stream: OpaquePointer, _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
    ) throws(Fault) -> (consumed: Int, produced: Int) {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let status = ZSTD_decompressStream(stream, &target, &source)
        guard ZSTD_isError(status) == 0 else {
            throw corrupt("zstd", ZSTD_getErrorName(status).map { String(cString: $0) })
        }
        if source.pos > 0 || target.pos > 0 { isBetweenFrames = status == 0 }
        return (source.pos, target.pos)
    }

    private func corrupt(_ format: String, _ detail: String?) -> Fault {
        Fault("compression.corrupt", "the \(format) stream is damaged", detail: detail, domain: .external)
    }
}
