import Primitives

extension MicroBenchmark {
    /// A comparison of strings and the selection that it makes.
    static let kernels = MicroBenchmark(name: "kernels", unit: "rows") { mentions, threads throws(Fault) in
        let job = try OperatorJob("filter: 'lang == \"en\" && metrics.likes >= 0'", mentions, threads: threads)
        return Trial(
            count: mentions.count, run: { () throws(Fault) in try job.run() },
            mistake: { Trial.expect("rows", job.rows.rowCount, mentions.english) })
    }
}
