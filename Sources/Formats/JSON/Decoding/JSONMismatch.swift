/// Why a record is refused.
struct JSONMismatch: Error {
    var code: String
    /// The value concerned, as messages name it; empty where the whole record is.
    var path: String
    /// What is wrong with it: `is a string, not an integer`.
    var problem: String

    init(_ code: String, _ path: String = "", _ problem: String) {
        self.code = code
        self.path = path
        self.problem = problem
    }

    var reason: String { path.isEmpty ? problem : "`\(path)` \(problem)" }
}
