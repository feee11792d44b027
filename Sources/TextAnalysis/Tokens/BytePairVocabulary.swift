package import Primitives

/// The tokens of a byte-level BPE model and how they are merged: `tokenizer.json`, or `vocab.json` and `merges.txt`.
package struct BytePairVocabulary: Sendable {
    /// What two neighbours become, and how early it was learnt.
    struct Merge: Sendable {
        var rank: Int32
        var token: Int32
    }

    /// One more than the largest number of a token.
    package let count: Int
    let start: Int32
    let end: Int32
    /// The token of each byte.
    let bytes: [Int32]
    let merges: [UInt64: Merge]
    /// Whether a text that begins with no blank is read as if it did.
    let addsBlank: Bool

    /// - Parameter tokenizer: the bytes of a `tokenizer.json`.
    /// - Throws: `model.vocabulary`: it is no byte-level BPE, or is damaged.
    package init(tokenizer: UnsafeBufferPointer<UInt8>) throws(Fault) {
        try self.init(tokenizer: try Self.json(tokenizer, "tokenizer.json"))
    }

    /// - Throws: as above.
    init(tokenizer tree: JSONTree) throws(Fault) {
        guard let model = tree["model"], model["type"]?.string ?? "BPE" == "BPE",
            let vocabulary = model["vocab"]?.object,
            let merges = model["merges"]?.array
        else { throw Self.fault("tokenizer.json holds no BPE model") }
        let splitter = tree["pre_tokenizer"]
        guard splitter?["type"]?.string == "ByteLevel" else {
            throw Self.fault("tokenizer.json splits texts in another way than ByteLevel")
        }
        guard (tree["normalizer"] ?? .null) == .null else {
            throw Self.fault("tokenizer.json changes texts before it splits them")
        }
        var pairs: [(Substring, Substring)] = []
        for merge in merges {
            let parts =
                merge.string.map { $0.split(separator: " ") } ?? (merge.array ?? []).compactMap { $0.string?[...] }
            guard parts.count == 2 else { throw Self.fault("a merge of tokenizer.json is no pair") }
            pairs.append((parts[0], parts[1]))
        }
        try self.init(vocabulary, pairs, addsBlank: splitter?["add_prefix_space"]?.bool ?? false)
    }

    /// - Throws: `model.vocabulary`: a file is damaged, or they do not belong together.
    package init(vocabulary: UnsafeBufferPointer<UInt8>, merges: UnsafeBufferPointer<UInt8>) throws(Fault) {
        guard let tokens = try Self.json(vocabulary, "vocab.json").object else {
            throw Self.fault("vocab.json is no JSON object")
        }
        guard let text = String(validating: merges, as: UTF8.self) else { throw Self.fault("merges.txt is no UTF-8") }
        var pairs: [(Substring, Substring)] = []
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#version") {
            let parts = line.split(separator: " ")
            guard parts.count == 2 else { throw Self.fault("a line of merges.txt is no pair") }
            pairs.append((parts[0], parts[1]))
        }
        try self.init(tokens, pairs, addsBlank: false)
    }

    private init(_ tokens: [String: JSONTree], _ pairs: [(Substring, Substring)], addsBlank: Bool) throws(Fault) {
        var numbers: [String: Int32] = [:]
        var largest: Int32 = -1
        for (token, value) in tokens {
            guard let number = value.integer, (0..<10_000_000).contains(number) else {
                throw Self.fault("token `\(token)` has no number")
            }
            numbers[token] = Int32(number)
            largest = max(largest, Int32(number))
        }
        guard let start = numbers["<s>"] ?? numbers["[CLS]"], let end = numbers["</s>"] ?? numbers["[SEP]"] else {
            throw Self.fault("there is no token <s> or no </s>")
        }
        var bytes: [Int32] = []
        for scalar in Self.byteScalars() {
            guard let number = numbers[String(scalar)] else { throw Self.fault("there is no token for each byte") }
            bytes.append(number)
        }
        var merges: [UInt64: Merge] = [:]
        for (rank, pair) in pairs.enumerated() {
            guard let left = numbers[String(pair.0)], let right = numbers[String(pair.1)],
                let token = numbers[String(pair.0 + pair.1)]
            else { throw Self.fault("merge `\(pair.0) \(pair.1)` names a token that is not there") }
            let key = Self.key(left, right)
            if merges[key] == nil { merges[key] = Merge(rank: Int32(truncatingIfNeeded: rank), token: token) }
        }
        count = Int(largest) + 1
        (self.start, self.end, self.bytes, self.merges, self.addsBlank) = (start, end, bytes, merges, addsBlank)
    }

    @inline(__always)
    static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// The printable character that stands for each byte in the files of GPT-2 (Radford et al. 2019): itself if it is
    /// one, else one from U+0100 on.
    private static func byteScalars() -> [Unicode.Scalar] {
        var next: UInt32 = 0x100
        return (0..<256).map { byte in
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte) {
                return Unicode.Scalar(UInt8(byte))
            }
            defer { next += 1 }
            return Unicode.Scalar(next) ?? "?"
        }
    }

    static func json(_ bytes: UnsafeBufferPointer<UInt8>, _ name: String) throws(Fault) -> JSONTree {
        do throws(Fault) {
            return try JSONTree(parsing: bytes)
        } catch {
            throw Fault("model.vocabulary", "the model's \(name) is no JSON", detail: error.detail)
        }
    }

    private static func fault(_ what: String) -> Fault {
        Fault(
            "model.vocabulary", "the vocabulary cannot be read: \(what)",
            hint: "byte-level BPE as of GPT-2 and RoBERTa is read, and WordPiece")
    }
}
