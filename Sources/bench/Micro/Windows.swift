import Primitives

extension MicroBenchmark {
    /// The aggregates of workload W2.
    static let windowOperator = """
        aggregate: { window: { tumbling: 10s }, by: [brand, platform], columns: { mentions: count(),
        engagement: sum(metrics.likes + metrics.shares + metrics.comments), likes: sum(metrics.likes),
        followers: avg(author.followers), most: max(metrics.likes) } }
        """.replacing("\n", with: " ")

    /// Tumbling windows of ten seconds, by two keys.
    static let window = MicroBenchmark(name: "window", unit: "rows") { mentions, threads throws(Fault) in
        let job = try OperatorJob(windowOperator, mentions, threads: threads)
        return Trial(
            count: mentions.count, run: { () throws(Fault) in try job.run() },
            mistake: {
                Trial.expect("windows", job.rows.rowCount, mentions.groups)
                    ?? Trial.expect("mentions", job.rows.sum("mentions"), Int64(mentions.count))
                    ?? Trial.expect("likes", job.rows.sum("likes"), mentions.likes)
            })
    }
}
