@testable import TextAnalysis

/// The lines of a file of JSON objects beside the checkout.
enum GoldenLines {
    static func read(_ path: String) throws -> [JSONTree] {
        try ReferenceTexts.lines(path).map { line in
            try line.withUnsafeBufferPointer { bytes throws in try JSONTree(parsing: bytes) }
        }
    }
}
