/// The traits and cases of all code points, in blocks of 256: two loads for a lookup. Built once for the process.
struct CharacterTable: Sendable {
    static let shared = CharacterTable()

    private let traitBlocks: ConstantTable<UInt32>
    private let traitIndex: ConstantTable<UInt16>
    private let caseBlocks: ConstantTable<Int32>
    private let caseIndex: ConstantTable<UInt8>
    private let foldBlocks: ConstantTable<Int32>
    /// The traits of the ASCII characters: the first block.
    var ascii: ConstantTable<UInt32> { traitBlocks }

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
    private func mapped(_ point: UInt32, _ blocks: ConstantTable<Int32>) -> UInt32 {
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
        traitBlocks = ConstantTable(blocks)
        traitIndex = ConstantTable(index)

        var cases = CaseBlocks()
        TableText.forEachWord(CharacterRanges.lowercase) { cases.set($0) }
        var folds = cases
        TableText.forEachWord(CharacterRanges.fold) { word in
            cases.reserve(word)
            folds.set(word)
        }
        caseBlocks = ConstantTable(cases.deltas)
        foldBlocks = ConstantTable(folds.deltas)
        caseIndex = ConstantTable(folds.index)
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
