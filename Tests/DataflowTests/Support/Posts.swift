import Columnar
import Primitives

/// A row as the tests think of it.
struct Post: Hashable, Sendable {
    var id: Int64
    var key: String
    /// Event time, in microseconds.
    var time: Int64

    static let schema = Schema([Field("id", .int64), Field("key", .string)])

    static func batch(_ posts: [Post]) -> RecordBatch {
        let builders = schema.fields.map { ColumnBuilder($0.type) }
        let times = ColumnBuilder(.timestamp)
        for post in posts {
            builders[0].append(post.id)
            builders[1].append(post.key)
            times.append(post.time)
        }
        return RecordBatch(
            schema: schema, columns: builders.map { $0.finish() }, rowCount: posts.count,
            eventTimes: times.finish().asInt64)
    }

    /// The selected rows of a batch.
    static func read(_ batch: RecordBatch) -> [Post] {
        guard batch.columns.count == 2, let ids = batch.columns[0].asInt64, let keys = batch.columns[1].asBytes else {
            return []
        }
        var posts: [Post] = []
        batch.forEachRow { row in
            posts.append(
                Post(id: ids.values[row], key: keys.string(row), time: batch.eventTimes?.values[row] ?? .min))
        }
        return posts
    }

    /// Posts with the given ids and times `id`, of a few keys.
    static func numbered(_ ids: Range<Int64>, keys: Int64 = 5, time: (Int64) -> Int64 = { $0 }) -> [Post] {
        ids.map { Post(id: $0, key: "k\($0 % keys)", time: time($0)) }
    }

    /// Lanes of full frames, their posts numbered through from `first`.
    static func lanes(_ count: Int, frames: Int, rows: Int = 10, first: Int64 = 0, keys: Int64 = 5) -> [[[Post]]] {
        var next = first
        var lanes: [[[Post]]] = []
        for _ in 0..<count {
            var lane: [[Post]] = []
            for _ in 0..<frames {
                lane.append(numbered(next..<next + Int64(rows), keys: keys))
                next += Int64(rows)
            }
            lanes.append(lane)
        }
        return lanes
    }
}
