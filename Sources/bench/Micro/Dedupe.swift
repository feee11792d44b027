import Primitives

extension MicroBenchmark {
    /// The first of each id within a minute.
    static let dedupe = MicroBenchmark(name: "dedupe", unit: "rows") { mentions, threads throws(Fault) in
        let job = try OperatorJob("dedupe: { by: [id], within: 60s }", mentions, threads: threads)
        return Trial(
            count: mentions.count, run: { () throws(Fault) in try job.run() },
            mistake: { Trial.expect("rows", job.rows.rowCount, mentions.distinct) })
    }
}
