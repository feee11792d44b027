/// The traits and cases of all code points, in blocks of 256: two loads for a lookup. Built once for the process.
struct CharacterTable: @unchecked Sendable {
    // Sendable: the memory is written by `init` alone and never freed.
    static let shared = CharacterTable()

    private let traitBlocks: UnsafePointer<UInt32>
    private let traitIndex: UnsafePointer<UInt16>
    private let caseBlocks: UnsafePointer<Int32>
    private let caseIndex: UnsafePointer<UInt8>
    private let foldBlocks: UnsafePointer<Int32>
    /// The traits of the 128 ASCII characters: the first block.
    let ascii: UnsafePointer<UInt32>

    /// - Parameter point: below 0x110000.
    @inline(__always)
    func traits(_ point: UInt32) -> CharacterTraits {
        let block = Int(traitIndex[Int(point >> 8)])
        return CharacterTraits(rawValue: traitBlocks[block << 8 | Int(point & 0xFF)])
    }

    /// Simple lowercase.
    @inline(__always)
    func lowercase(_ point: UInt32) -> UInt32 { mapped(point, caseBlocks) }

    /// Simple case folding.
    @inline(__always)
    func fold(_ point: UInt32) -> UInt32 { mapped(point, foldBlocks) }

    @inline(__always)
    private func mapped(_ point: UInt32, _ blocks: UnsafePointer<Int32>) -> UInt32 {
        let block = Int(caseIndex[Int(point >> 8)])
        return UInt32(bitPattern: Int32(bitPattern: point) &+ blocks[block << 8 | Int(point & 0xFF)])
    }

    private init() {
        let traits = Self.allTraits()
        var index: [UInt16] = []
        var blocks: [UInt32] = []
        var uniform: [UInt32: UInt16] = [:]
        for start in stride(from: 0, to: traits.count, by: 256) {
            let block = traits[start..<start + 256]
            let first = traits[start]
            let isUniform = block.allSatisfy { $0 == first }
            if isUniform, let known = uniform[first] {
                index.append(known)
                continue
            }
            let number = UInt16(truncatingIfNeeded: blocks.count >> 8)
            if isUniform { uniform[first] = number }
            index.append(number)
            blocks.append(contentsOf: block)
        }
        traitBlocks = Self.kept(blocks)
        traitIndex = Self.kept(index)
        ascii = traitBlocks

        var cases = CaseBlocks()
        TableText.forEachWord(CharacterRanges.lowercase) { cases.set($0) }
        var folds = cases
        TableText.forEachWord(CharacterRanges.fold) { word in
            cases.reserve(word)
            folds.set(word)
        }
        caseBlocks = Self.kept(cases.deltas)
        foldBlocks = Self.kept(folds.deltas)
        caseIndex = Self.kept(folds.index)
    }

    private static func kept<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, values.count))
        memory.initialize(from: values, count: values.count)
        return UnsafePointer(memory)
    }
}

/// What each character of the blocks that have cases adds to its code point. Block 0 adds nothing.
private struct CaseBlocks {
    var index = [UInt8](repeating: 0, count: 0x1100)
    var deltas = [Int32](repeating: 0, count: 256)

    mutating func set(_ word: UnsafeBufferPointer<UInt8>) {
        let parts = TableText.numbers(word, separator: UInt8(ascii: ":"))
        guard parts.count == 4, parts[2] > 0 else { return }
        reserve(word)
        for point in stride(from: parts[0], through: parts[1], by: parts[2]) {
            deltas[Int(index[point >> 8]) << 8 | point & 0xFF] = Int32(truncatingIfNeeded: parts[3])
        }
    }

    /// Gives the blocks of a run their place.
    mutating func reserve(_ word: UnsafeBufferPointer<UInt8>) {
        let parts = TableText.numbers(word, separator: UInt8(ascii: ":"))
        guard parts.count == 4, parts[0] <= parts[1] else { return }
        for block in (parts[0] >> 8)...(parts[1] >> 8) where index[block] == 0 {
            index[block] = UInt8(truncatingIfNeeded: deltas.count >> 8)
            deltas.append(contentsOf: repeatElement(0, count: 256))
        }
    }
}
