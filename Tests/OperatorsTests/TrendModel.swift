import Glibc

/// Bursts by the book: every count of every term in every window.
struct TrendModel {
    var window: Int64
    var halfLife: Double
    var least: Double
    var top: Int

    struct Rank {
        var start: Int64
        var term: String
        var count: Int64
        var score: Double
    }

    func ranks(_ mentions: [(term: String, time: Int64)]) -> [Rank] {
        var windows: [Int64: [String: Int64]] = [:]
        for mention in mentions { windows[mention.time / window * window, default: [:]][mention.term, default: 0] += 1 }
        let terms = Set(mentions.map(\.term))
        let alpha = 1 - pow(2, -Double(window) / halfLife)
        var usual: [String: (mean: Double, variance: Double)] = [:]
        var ranks: [Rank] = []
        for (number, start) in windows.keys.sorted().enumerated() {
            let weight = max(alpha, 1 / Double(number + 1))
            var found: [Rank] = []
            for term in terms {
                let count = windows[start]?[term] ?? 0
                let (mean, variance) = usual[term] ?? (0, 0)
                let exact = (Double(count) - max(mean, least)) / max(variance, mean, least).squareRoot()
                let score = (exact * 10_000).rounded() / 10_000
                if number > 0, score > 0 { found.append(Rank(start: start, term: term, count: count, score: score)) }
                let change = Double(count) - mean
                usual[term] = (mean + weight * change, (1 - weight) * (variance + weight * change * change))
            }
            found.sort { ($1.score, $1.count, $0.term) < ($0.score, $0.count, $1.term) }
            ranks += found.prefix(top)
        }
        return ranks
    }
}
