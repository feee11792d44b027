import CSimdJSON
import Primitives

/// A simdjson parser. For one thread at a time.
final class JSONParser {
    private let handle: OpaquePointer

    init() throws(Fault) {
        guard let handle = martlet_json_parser_create() else {
            throw Fault("json.memory", "no memory for a JSON parser", domain: .external)
        }
        self.handle = handle
    }

    deinit {
        martlet_json_parser_destroy(handle)
    }

    /// Parses one strict JSON document. The tape is lent until the next call.
    /// - Parameter isPadded: whether 64 bytes after the document may be read.
    @inline(__always)
    func parse(_ bytes: UnsafeRawBufferPointer, isPadded: Bool) throws(JSONSyntaxError) -> JSONTape {
        var document = martlet_json_document()
        let base = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
        let code = martlet_json_parse(handle, base, bytes.count, isPadded ? 1 : 0, &document)
        guard code == 0, let tape = document.tape, let strings = document.strings else {
            throw JSONSyntaxError(code: code)
        }
        return JSONTape(words: tape, strings: strings)
    }

    /// Parses a record, with the reason in words if it is none.
    @inline(__always)
    func parseRecord(_ bytes: UnsafeRawBufferPointer, isPadded: Bool) throws(JSONMismatch) -> JSONTape {
        do throws(JSONSyntaxError) {
            return try parse(bytes, isPadded: isPadded)
        } catch {
            throw mismatch(error, bytes)
        }
    }

    @inline(never)
    private func mismatch(_ error: JSONSyntaxError, _ bytes: UnsafeRawBufferPointer) -> JSONMismatch {
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }) {
            return JSONMismatch("json.syntax", "", "the record is empty")
        }
        if let smaller = JSONNumberScan.replacingTooLarge(bytes), isDocument(smaller) {
            return JSONMismatch("json.range", "", "the record has a number beyond 64 bits")
        }
        return JSONMismatch("json.syntax", "", "the record is no JSON: \(error.message)")
    }

    private func isDocument(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { (try? parse($0, isPadded: false)) != nil }
    }
}

/// Bytes that are no JSON document.
struct JSONSyntaxError: Error {
    let code: Int32

    /// What simdjson says is wrong.
    var message: String {
        String(cString: martlet_json_error_message(code))
    }
}
