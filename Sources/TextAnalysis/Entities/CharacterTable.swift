// The standard library knows the canonical decompositions, but offers them under this name only.
@_spi(_Unicode) import Swift

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

    /// Simple case folding; letters of Latin and Greek lose their accents besides.
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
        for (point, base) in Self.accented() {
            cases.reserve(point)
            folds.set(point, to: base)
        }
        caseBlocks = ConstantTable(cases.deltas)
        foldBlocks = ConstantTable(folds.deltas)
        caseIndex = ConstantTable(folds.index)
    }
}

extension CharacterTable {
    /// Combining accents, which a text that is decomposed has behind its letters.
    static let accents: ClosedRange<UInt32> = 0x300...0x36F

    /// The letters of Latin and Greek with accents, and the small letter that is left without; Ё too.
    fileprivate static func accented() -> [(point: Int, base: Int)] {
        var found: [(point: Int, base: Int)] = []
        for point in [0xC0...0x24F, 0x370...0x3FF, 0x401...0x401, 0x451...0x451, 0x1E00...0x1FFF].joined() {
            guard let scalar = Unicode.Scalar(UInt32(point)) else { continue }
            let parts = Array(String(Character(scalar))._nfd)
            guard parts.count > 1, parts.dropFirst().allSatisfy({ $0.properties.generalCategory == .nonspacingMark })
            else { continue }
            let small = parts[0].properties.lowercaseMapping.unicodeScalars
            if small.count == 1, let base = small.first { found.append((point, Int(base.value))) }
        }
        return found
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

    mutating func set(_ point: Int, to target: Int) {
        reserve(point)
        deltas[Int(index[point >> 8]) << 8 | point & 0xFF] = Int32(truncatingIfNeeded: target - point)
    }

    mutating func reserve(_ point: Int) {
        guard index[point >> 8] == 0 else { return }
        index[point >> 8] = UInt8(truncatingIfNeeded: deltas.count >> 8)
        deltas.append(contentsOf: repeatElement(0, count: 256))
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
