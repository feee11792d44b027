import Foundation
import Primitives
import Testing

@testable import Compression

@Suite("Compressed streams")
struct StreamDecompressorTests {
    /// The same 390 bytes as `gzip` and `zstd --check` write them.
    private static let streams: [CompressionFormat: [UInt8]] = [
        .none: text,
        .gzip: base64(
            """
            H4sIAAAAAAACA0XQuw2AQBAD0ZwyqADb/OshoYYTvYOQdi6byG+1bbyv8Zyeof2hClekYq5YKtaKrWKvOBjs02yLcbEu5sW+AIQgCGEYw/1+DG\
            MYwxjGMIYxjBGMYKQ/CSMYwQhGMIKRz3gBnYu4z4YBAAA=
            """),
        .zstd: base64(
            """
            KLUv/WSGAK0DACQDeyJpZCI6MH0KMTIzNDU2Nzg5MTExMTExMTExMjIyMjIyMjIyMjMzMzMzMzMzMzM5fQonIICT0gNFyi2siHKFLVJOYUWUK0yRco\
            UtUk5hFzkpZ1ZYWRGycmOFiRUJKwdW+KuYt1ki5BJGBDnCECHHCOMQ5ZIx3jA=
            """),
    ]
    private static let text = Array((0..<40).map { "{\"id\":\($0)}\n" }.joined().utf8)

    private static func base64(_ text: String) -> [UInt8] { Array(Data(base64Encoded: text) ?? Data()) }

    /// Everything that comes out, given input and room in pieces of these sizes.
    private func decompress(
        _ bytes: [UInt8], _ format: CompressionFormat, pieces: Int = 1 << 16, room: Int = 1 << 16
    ) throws -> [UInt8] {
        let stream = try StreamDecompressor(format)
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: room)
        var start = 0
        while true {
            let piece = Array(bytes[start..<min(bytes.count, start + pieces)])
            let step = try piece.withUnsafeBytes { input in
                try buffer.withUnsafeMutableBytes { try stream.decompress(input, into: $0) }
            }
            output += buffer[..<step.produced]
            start += step.consumed
            if step.consumed == 0, step.produced == 0 { break }
        }
        try stream.finish()
        return output
    }

    private func fault(_ bytes: [UInt8], _ format: CompressionFormat) -> String? {
        do {
            _ = try decompress(bytes, format)
            return nil
        } catch {
            return (error as? Fault)?.code
        }
    }

    @Test("formats are told by their first bytes")
    func detected() {
        for (format, bytes) in Self.streams {
            bytes.withUnsafeBytes { #expect(CompressionFormat.detect($0) == format) }
            for count in 0..<2 {
                bytes.withUnsafeBytes { #expect(CompressionFormat.detect(.init(rebasing: $0[..<count])) == .none) }
            }
        }
    }

    @Test("what comes out does not depend on the pieces", arguments: CompressionFormat.allCases)
    func pieces(_ format: CompressionFormat) throws {
        let bytes = try #require(Self.streams[format])
        for pieces in [1, 2, 7, 64, 1 << 16] {
            for room in [1, 3, 64, 1 << 16] {
                #expect(try decompress(bytes, format, pieces: pieces, room: room) == Self.text)
            }
        }
    }

    @Test("members that follow one another are one stream", arguments: CompressionFormat.allCases)
    func members(_ format: CompressionFormat) throws {
        let bytes = try #require(Self.streams[format])
        #expect(try decompress(bytes + bytes + bytes, format) == Self.text + Self.text + Self.text)
        #expect(try decompress([], format) == [])
    }

    @Test("a stream that is cut off anywhere is a fault", arguments: [CompressionFormat.gzip, .zstd])
    func truncated(_ format: CompressionFormat) throws {
        let bytes = try #require(Self.streams[format])
        for count in 1..<bytes.count {
            #expect(fault(Array(bytes[..<count]), format) == "compression.truncated", "\(count) bytes")
        }
    }

    @Test("a flipped bit is a fault, or changes nothing", arguments: [CompressionFormat.gzip, .zstd])
    func flipped(_ format: CompressionFormat) throws {
        let bytes = try #require(Self.streams[format])
        for place in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[place / 8] ^= 1 << UInt8(place % 8)
            let whole = (try? decompress(damaged, format)) == Self.text
            #expect(whole || fault(damaged, format) != nil, "bit \(place)")
        }
    }
}
