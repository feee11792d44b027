package import Primitives

/// What is usual of terms without number, in fixed memory: never less than it is.
///
/// The hash tables of SigniTrend (Schubert, Weiler and Kriegel 2014), which are a count-min sketch (Cormode and
/// Muthukrishnan 2005) of means and variances: a term has one cell in each of four rows, a cell holds the largest of
/// its terms, and the row with the least mean is believed. A collision can hide a burst and never makes one up. 12
/// bytes a cell.
package struct HashedLevels: Sendable {
    static let rows = 4
    package let width: Int
    private var cells: [BurstLevel] = []

    /// - Parameter width: cells a row; at least one. Memory is taken with the first term.
    package init(width: Int) {
        self.width = max(1, width)
    }

    package var isEmpty: Bool { cells.isEmpty }

    /// Remembers the level of a term that has no place of its own any more.
    package mutating func insert(_ hash: UInt64, _ level: BurstLevel, _ rate: ForgettingRate) {
        if cells.isEmpty { cells = Array(repeating: BurstLevel(), count: Self.rows * width) }
        for row in 0..<Self.rows {
            let cell = place(row, hash)
            let known = cells[cell].idle(until: level.window, rate)
            cells[cell] = BurstLevel(
                mean: max(known.mean, level.mean), variance: max(known.variance, level.variance),
                window: max(known.window, level.window))
        }
    }

    /// What is believed of a term at a window.
    package func level(_ hash: UInt64, at window: UInt32, _ rate: ForgettingRate) -> BurstLevel {
        var least = BurstLevel(mean: 0, variance: 0, window: window)
        guard !cells.isEmpty else { return least }
        for row in 0..<Self.rows {
            let cell = cells[place(row, hash)].idle(until: window, rate)
            if row == 0 || cell.mean < least.mean { least = cell }
        }
        return least
    }

    package var memoryFootprint: Int { cells.capacity * MemoryLayout<BurstLevel>.stride }

    /// A family of hash functions out of one: Kirsch and Mitzenmacher 2006.
    private func place(_ row: Int, _ hash: UInt64) -> Int {
        let step = hash >> 32 | 1
        let mixed = Hashing.mix(hash &+ UInt64(row) &* step)
        return row * width + Int(mixed.multipliedFullWidth(by: UInt64(width)).high)
    }

    // MARK: storage

    /// Cells in one piece of `serialized`.
    private static let pieceCells = 16_384

    /// Pieces that `serialized` parts it into.
    package var pieces: Int { (cells.count + Self.pieceCells - 1) / Self.pieceCells }

    /// One piece: each cell's mean, variance and window, little-endian.
    package func serialized(_ piece: Int) -> [UInt8] {
        var writer = ByteWriter()
        for cell in cells[(piece * Self.pieceCells)..<min(cells.count, (piece + 1) * Self.pieceCells)] {
            writer.append(cell.mean.bitPattern)
            writer.append(cell.variance.bitPattern)
            writer.append(cell.window)
        }
        return writer.bytes
    }

    /// Takes back what `serialized` wrote of a sketch of the same width.
    package mutating func restore(_ bytes: [UInt8], piece: Int) throws(Fault) {
        if cells.isEmpty { cells = Array(repeating: BurstLevel(), count: Self.rows * width) }
        let start = piece * Self.pieceCells
        guard piece >= 0, start < cells.count else { throw ByteReader.fault }
        try bytes.read { (reader) throws(Fault) in
            for index in start..<min(cells.count, start + Self.pieceCells) {
                let mean = Float(bitPattern: try reader.read(UInt32.self))
                let variance = Float(bitPattern: try reader.read(UInt32.self))
                guard mean.isFinite, mean >= 0, variance.isFinite, variance >= 0 else { throw ByteReader.fault }
                cells[index] = BurstLevel(mean: mean, variance: variance, window: try reader.read(UInt32.self))
            }
            guard reader.isAtEnd else { throw ByteReader.fault }
        }
    }
}
