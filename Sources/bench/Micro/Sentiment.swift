import Primitives

extension MicroBenchmark {
    /// VADER's scores of short posts.
    static let sentiment = MicroBenchmark(name: "sentiment", unit: "texts") { mentions, threads throws(Fault) in
        let job = try OperatorJob("sentiment: { text: text, model: lexicon }", mentions, threads: threads)
        return Trial(
            count: mentions.count, run: { () throws(Fault) in try job.run() },
            mistake: {
                let found = job.rows.total("sentiment_score")
                let isRight = abs(found - mentions.compound) < 1e-4 * Double(mentions.count)
                return isRight ? nil : "sum of the scores: \(found) instead of \(mentions.compound)"
            })
    }
}
