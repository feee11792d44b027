import Columnar
import Dataflow
import Primitives
import TextAnalysis

/// Finds the entities of each row's text and adds them as columns.
final class EntitiesOperator: Operator {
    private let textPath: String
    private let added: [Field]
    private let watchlist: Watchlist?
    private var columns = EntityColumns()
    private var brands: BrandColumns?
    private var extractor = EntityExtractor()
    private var scratch = EntityScratch()

    private var tagWords: TagWordColumn?
    private var names: NamedColumns?
    private let session: EncoderSession?

    /// - Throws: `model.arithmetic`.
    init(text: String, added: [Field], watchlist: Watchlist?, encoder: SharedEncoder?, hasWords: Bool) throws(Fault) {
        textPath = text
        self.added = added
        self.watchlist = watchlist
        brands = watchlist.map { BrandColumns($0) }
        tagWords = hasWords ? TagWordColumn(HashtagSegmenter(encoder?.model)) : nil
        names = encoder.map { NamedColumns(types: $0.model.entityTypes, brands: watchlist?.brands ?? []) }
        session = if let encoder { try EncoderSession(encoder) } else { nil }
    }

    func process(_ frame: Frame, _ output: OperatorOutput) throws(Fault) {
        // A hidden row costs nothing but its place, so only a batch of few rows is worth copying together.
        let isSparse = frame.batch.selectedCount * 4 < frame.batch.rowCount
        let batch = isSparse ? frame.batch.compacted() : frame.batch
        guard let path = batch.schema.resolve(textPath), let texts = batch.column(at: path).asBytes else {
            throw Fault("entities.column", "column `\(textPath)` is not in the stream", domain: .internal)
        }
        let brandIndex = watchlist == nil ? nil : batch.schema.index(of: "brand")
        let ownBrand = brandIndex.flatMap { batch.columns[$0].asBytes }
        let readings = try read(batch, texts, output)
        var next = 0
        batch.forEachRow { row in
            columns.pad(to: row)
            brands?.pad(to: row)
            tagWords?.pad(to: row)
            names?.pad(to: row)
            // A null row may have bytes, where the struct around it is what is null.
            let text = texts.isValid(row) ? texts[row] : UnsafeBufferPointer(start: nil, count: 0)
            extractor.extract(text, into: &scratch)
            columns.append(text, scratch.entities)
            brands?.append(text, own: ownBrand, row)
            tagWords?.append(text, scratch.entities)
            guard names != nil else { return }
            let isRead = texts.isValid(row)
            names?.append(text, brands?.matches ?? [], isRead ? readings[next].entities : [])
            if isRead { next += 1 }
        }
        columns.pad(to: batch.rowCount)
        brands?.pad(to: batch.rowCount)
        tagWords?.pad(to: batch.rowCount)
        names?.pad(to: batch.rowCount)

        var results = batch.columns + columns.finish()
        if let tagWords { results.append(tagWords.finish()) }
        if let names { results.append(names.finish()) }
        if let (list, first) = brands?.finish() {
            results.append(list)
            if let brandIndex { results[brandIndex] = first } else { results.append(first) }
        }
        output.ledger.passed += Int64(batch.selectedCount)
        let schema = Schema(batch.schema.fields + added)
        output.emit(frame.with(batch.replacing(schema: schema, columns: results)))
    }

    var memoryFootprint: Int { (watchlist?.memoryFootprint ?? 0) + (session?.memoryFootprint ?? 0) }

    /// What the model reads in the texts that are there, in their order.
    private func read(_ batch: RecordBatch, _ texts: BytesColumn, _ output: OperatorOutput) throws(Fault)
        -> [TextReading]
    {
        guard let session else { return [] }
        var rows: [Int] = []
        batch.forEachRow { row in if texts.isValid(row) { rows.append(row) } }
        let readings = try session.read(texts, rows: rows)
        session.count(in: &output.ledger)
        return readings
    }
}

/// The list columns of the entities, while they are written.
private struct EntityColumns {
    private let hashtags = ColumnBuilder(.list(.string))
    private let mentions = ColumnBuilder(.list(.string))
    private let cashtags = ColumnBuilder(.list(.string))
    private let urls = ColumnBuilder(.list(.string))
    private let emoji = ColumnBuilder(.list(.string))
    /// An entity in another case.
    private var cased: [UInt8] = []

    private var all: [ColumnBuilder] { [hashtags, mentions, cashtags, urls, emoji] }

    /// Empty lists for the hidden rows before a row.
    func pad(to row: Int) {
        while emoji.count < row { endRow() }
    }

    private func endRow() {
        hashtags.appendList()
        mentions.appendList()
        cashtags.appendList()
        urls.appendList()
        emoji.appendList()
    }

    mutating func append(_ text: UnsafeBufferPointer<UInt8>, _ entities: [Entity]) {
        for entity in entities {
            let content = UnsafeBufferPointer(rebasing: text[entity.content])
            switch entity.kind {
            case .hashtag: appendLowercase(content, to: hashtags)
            case .mention: appendLowercase(content, to: mentions)
            case .cashtag:
                cased.removeAll(keepingCapacity: true)
                // Cashtags are ASCII.
                for byte in content { cased.append(byte &- 0x61 < 26 ? byte & 0xDF : byte) }
                cashtags.elements?.append(cased)
            case .url: urls.elements?.append(content)
            case .emoji: emoji.elements?.append(content)
            // A list of users is no user.
            case .listMention: break
            }
        }
        endRow()
    }

    private mutating func appendLowercase(_ content: UnsafeBufferPointer<UInt8>, to builder: ColumnBuilder) {
        cased.removeAll(keepingCapacity: true)
        TextCase.appendLowercase(content, to: &cased)
        builder.elements?.append(cased)
    }

    func finish() -> [Column] { all.map { $0.finish() } }
}

/// The columns `brands` and `brand`, while they are written.
private struct BrandColumns {
    private let watchlist: Watchlist
    private let names: [[UInt8]]
    private let list = ColumnBuilder(.list(.string))
    private let first = ColumnBuilder(.string)
    private var scratch = WatchlistScratch()

    /// Where the text last appended names brands.
    var matches: [WatchlistMatch] { scratch.matches }

    init(_ watchlist: Watchlist) {
        self.watchlist = watchlist
        names = watchlist.brands.map { Array($0.utf8) }
    }

    func pad(to row: Int) {
        while list.count < row {
            list.appendList()
            first.appendNull()
        }
    }

    /// - Parameter own: the input's own column `brand`, whose values come first.
    mutating func append(_ text: UnsafeBufferPointer<UInt8>, own: BytesColumn?, _ row: Int) {
        watchlist.find(text, into: &scratch)
        for brand in scratch.brands { list.elements?.append(names[Int(brand)]) }
        list.appendList()
        if let own, own.isValid(row) {
            first.append(own[row])
        } else if let brand = scratch.brands.first {
            first.append(names[Int(brand)])
        } else {
            first.appendNull()
        }
    }

    func finish() -> (list: Column, first: Column) { (list.finish(), first.finish()) }
}
