/// Guesses what a misspelt name was meant to be.
package enum Spelling {
    /// The candidate closest to a name, if any is close enough to be a likely slip of the keyboard; the earlier of two
    /// that are equally close.
    ///
    /// Closeness is the number of insertions, deletions, substitutions and swaps of neighbours (optimal string
    /// alignment). One edit is allowed for every three letters, at least one and at most three.
    package static func nearest(_ name: String, _ candidates: [String]) -> String? {
        let letters = Array(name.unicodeScalars)
        // A name longer than this is not a slip, and the distance is quadratic.
        guard !letters.isEmpty, letters.count <= 128 else { return nil }
        let allowed = min(3, max(1, letters.count / 3))
        var best: (candidate: String, distance: Int)?
        for candidate in candidates where candidate != name {
            let other = Array(candidate.unicodeScalars)
            guard abs(other.count - letters.count) <= allowed else { continue }
            let distance = distance(letters, other)
            if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.candidate
    }

    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for column in 0..<right.count {
                let substitution = last[column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(last[column + 1] + 1, current[column] + 1, substitution)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
