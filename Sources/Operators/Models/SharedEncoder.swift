import Columnar
import Dataflow
import Primitives
import TextAnalysis

/// A model and what it has read already, for every operator and subtask that uses it: a text that two operators ask
/// about goes through the encoder once.
final class SharedEncoder: Sendable {
    let model: EncoderModel
    let cache = ReadingCache()
    /// The folder that it was read from.
    let folder: String

    /// - Throws: what is wrong with the folder.
    init(_ folder: String, _ models: ModelFiles) throws(Fault) {
        self.folder = folder
        do throws(Fault) {
            model = try EncoderModel(.int8) { name throws(Fault) in try models.read(folder + "/" + name) }
        } catch {
            throw error.within(folder)
        }
    }
}

/// Reads the texts of batches within one subtask.
final class EncoderSession {
    let shared: SharedEncoder
    private let reader: TextReader
    /// Texts that were known from before, and texts that were not.
    private(set) var hits: Int64 = 0
    private(set) var misses: Int64 = 0

    /// - Throws: `model.arithmetic`.
    init(_ shared: SharedEncoder) throws(Fault) {
        self.shared = shared
        reader = try TextReader(shared.model)
    }

    /// The readings of some rows' texts, in their order.
    /// - Throws: `model.arithmetic`.
    func read(_ texts: BytesColumn, rows: [Int]) throws(Fault) -> [TextReading] {
        let keys = rows.map { ReadingCache.Key(texts[$0]) }
        var readings = shared.cache.find(keys)
        // A text that comes several times is read once.
        var places: [ReadingCache.Key: Int] = [:]
        var new: [ReadingCache.Key] = []
        for (index, key) in keys.enumerated() where readings[index] == nil {
            guard places[key] == nil else { continue }
            places[key] = new.count
            new.append(key)
            try reader.append(texts[rows[index]])
        }
        let read = try reader.finish()
        for (index, key) in keys.enumerated() where readings[index] == nil {
            if let place = places[key] { readings[index] = read[place] }
        }
        shared.cache.insert(Array(zip(new, read)))
        hits += Int64(rows.count - new.count)
        misses += Int64(new.count)
        return readings.map { $0 ?? TextReading() }
    }

    /// Moves what was counted to the ledger.
    func count(in ledger: inout OperatorLedger) {
        ledger.counts["cache_hits", default: 0] += hits
        ledger.counts["cache_misses", default: 0] += misses
        (hits, misses) = (0, 0)
    }

    var memoryFootprint: Int { reader.memoryFootprint }
}
