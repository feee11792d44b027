package import Primitives

/// A place in a JSON record: `data.public_metrics.like_count`, `includes.users[0].name`, `entities.hashtags[*].tag`.
package struct JSONPath: Hashable, Sendable {
    /// One step down into a document.
    package enum Step: Hashable, Sendable {
        /// A member of an object.
        case member(String)
        /// An element of an array, counted from 0.
        case element(Int)
        /// Every element of an array; what follows is looked for in each of them.
        case all
    }

    package var steps: [Step]

    package init(_ steps: [Step]) {
        self.steps = steps
    }

    /// Indices above this are refused: finding an element means walking over all before it.
    package static let indexMax = 999

    /// Reads a path as a pipeline file writes it.
    package init(parsing text: String) throws(Fault) {
        var steps: [Step] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
            guard !pieces[0].isEmpty else { throw Self.fault(text) }
            steps.append(.member(String(pieces[0])))
            for piece in pieces.dropFirst() {
                guard piece.last == "]" else { throw Self.fault(text) }
                let index = piece.dropLast()
                if index == "*" {
                    steps.append(.all)
                } else if let number = Int(index), (0...Self.indexMax).contains(number) {
                    steps.append(.element(number))
                } else {
                    throw Self.fault(text)
                }
            }
        }
        guard steps.count(where: { $0 == .all }) <= 1 else {
            throw Fault("format.path", "`\(text)` walks over two arrays", hint: "a path may hold one `[*]`")
        }
        if let all = steps.firstIndex(of: .all), all + 1 < steps.count {
            guard case .member = steps[all + 1] else { throw Self.fault(text) }
        }
        self.steps = steps
    }

    private static func fault(_ text: String) -> Fault {
        Fault(
            "format.path", "`\(text)` is no path",
            hint: "write names with dots between, `[0]` for an element and `[*]` for each: `includes.users[0].name`")
    }
}
