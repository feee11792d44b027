import Columnar
import Dataflow
import Primitives
import TextAnalysis

/// What a model says about a text.
struct SentimentResult {
    var score: Double
    var label: SentimentShares.Label
    var shares: SentimentShares
    var confidence: Double

    /// VADER's: its own shares, and the label by the thresholds that its authors recommend.
    init(_ scores: VaderScores) {
        score = scores.compound
        label = Self.label(scores.compound)
        shares = SentimentShares(negative: scores.negative, neutral: scores.neutral, positive: scores.positive)
        confidence = Self.confidence(scores.compound)
    }

    init(_ shares: SentimentShares) {
        self.shares = shares
        score = shares.score
        label = shares.label
        confidence = shares.confidence
    }

    /// The same with another score. The lexicon's shares are of the text's words, and stay.
    mutating func move(to score: Double, isLexical: Bool) {
        guard score != self.score else { return }
        guard isLexical else {
            self = SentimentResult(shares.moved(to: score))
            return
        }
        self.score = score
        label = Self.label(score)
        confidence = Self.confidence(score)
    }

    private static func label(_ score: Double) -> SentimentShares.Label {
        score >= 0.05 ? .positive : score <= -0.05 ? .negative : .neutral
    }

    private static func confidence(_ score: Double) -> Double {
        abs(score) >= 0.05 ? abs(score) : 1 - abs(score)
    }
}

/// Scores the text of each row.
final class SentimentOperator: Operator {
    private let textPath: String
    private let added: [Field]
    private let plan: SentimentPlan
    private let session: EncoderSession?
    private let quick: QuickScorer
    private var phrases = WatchlistScratch()

    init(_ textPath: String, _ added: [Field], _ plan: SentimentPlan) throws(Fault) {
        self.textPath = textPath
        self.added = added
        self.plan = plan
        quick = QuickScorer(plan.fast)
        session = if let encoder = plan.encoder { try EncoderSession(encoder.shared) } else { nil }
    }

    func process(_ frame: Frame, _ output: OperatorOutput) throws(Fault) {
        let batch = frame.batch
        guard let path = batch.schema.resolve(textPath), let texts = batch.column(at: path).asBytes else {
            throw Fault("sentiment.column", "column `\(textPath)` is not in the stream", domain: .internal)
        }
        let columns = SentimentColumns(emotions: plan.encoder?.emotionNames ?? [], capacity: batch.rowCount)
        if let encoder = plan.encoder, let session {
            try read(frame, texts, encoder, session, columns, output)
        } else {
            var answered: Int64 = 0
            batch.forEachRow { row in
                columns.skip(to: row)
                if texts.isValid(row) {
                    columns.append(adjusted(quick.score(texts[row]).result, texts[row], quick.isLexical))
                    answered += 1
                } else {
                    columns.appendNull()
                }
            }
            output.ledger.counts[quick.counter, default: 0] += answered
        }
        columns.skip(to: batch.rowCount)
        output.ledger.passed += Int64(batch.selectedCount)
        let schema = Schema(batch.schema.fields + added)
        output.emit(frame.with(batch.replacing(schema: schema, columns: batch.columns + columns.finish())))
    }

    var memoryFootprint: Int { quick.memoryFootprint + (session?.memoryFootprint ?? 0) }

    /// Scores by the encoder what the budget allows, the rest by the quick one.
    private func read(
        _ frame: Frame, _ texts: BytesColumn, _ encoder: SentimentPlan.EncoderPart, _ session: EncoderSession,
        _ columns: SentimentColumns, _ output: OperatorOutput
    ) throws(Fault) {
        let batch = frame.batch
        var rows: [Int] = []
        batch.forEachRow { row in if texts.isValid(row) { rows.append(row) } }
        let needsLexicon = plan.lexiconWeight > 0 || plan.budget != nil
        let quickly = needsLexicon ? rows.map { quick.score(texts[$0]) } : []
        var chosen = Array(rows.indices)
        if let rate = plan.budget {
            let budget = EncoderBudget(rate: rate)
            chosen = budget.choose(rows, quickly.map(\.result.confidence), budget.allowance(frame))
        }
        let readings = try session.read(texts, rows: chosen.map { rows[$0] })
        session.count(in: &output.ledger)
        output.ledger.counts["answered_encoder", default: 0] += Int64(chosen.count)
        if plan.budget != nil {
            output.ledger.counts[quick.counter, default: 0] += Int64(rows.count - chosen.count)
        }
        var next = 0
        var index = 0
        batch.forEachRow { row in
            columns.skip(to: row)
            guard index < rows.count, rows[index] == row else { return columns.appendNull() }
            if next < chosen.count, chosen[next] == index {
                var shares = encoder.shares(readings[next])
                if plan.lexiconWeight > 0 {
                    let lexicon = SentimentShares(score: quickly[index].lexicon.compound)
                    shares = shares.mixed(encoder.weight, with: lexicon, plan.lexiconWeight)
                }
                columns.append(
                    adjusted(SentimentResult(shares), texts[row], false),
                    emotions: readings[next].shares[encoder.emotions])
                next += 1
            } else {
                columns.append(adjusted(quickly[index].result, texts[row], quick.isLexical))
            }
            index += 1
        }
    }

    private func adjusted(_ result: SentimentResult, _ text: UnsafeBufferPointer<UInt8>, _ isLexical: Bool)
        -> SentimentResult
    {
        guard plan.isCustomerService else { return result }
        var moved = result
        moved.move(to: SupportTalk.shared.adjusted(result.score, text, &phrases), isLexical: isLexical)
        return moved
    }
}
