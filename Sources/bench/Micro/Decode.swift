import Columnar
import Dataflow
import Primitives

extension MicroBenchmark {
    /// JSON into the columns of workload W2.
    static let decode = MicroBenchmark(name: "decode", unit: "records") { mentions, _ throws(Fault) in
        let source = MemorySource(mentions)
        let decoder = try OperatorJob.decoder(Self.windowOperator)
        var rows = 0
        var likes: Int64 = 0
        return Trial(
            count: mentions.count,
            run: { () throws(Fault) in
                (rows, likes) = (0, 0)
                for chunk in source.chunks.indices {
                    let batch = decoder.decode(source.records(chunk)).batch
                    rows += batch.rowCount
                    guard let path = batch.schema.resolve("metrics.likes"),
                        let column = batch.column(at: path).asInt64
                    else { continue }
                    for row in 0..<batch.rowCount { likes += column.values[row] }
                }
            },
            mistake: {
                Trial.expect("records", rows, mentions.count) ?? Trial.expect("likes", likes, mentions.likes)
            })
    }
}
