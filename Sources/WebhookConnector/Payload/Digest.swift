/// What is said of many rows in one message: `14 alerts: 9 open, 5 resolve`, and the worst of them: of each incident
/// the newest.
struct Digest {
    /// Characters of a message that are shown.
    private static let messageMax = 400

    let title: String
    let lines: [String]

    /// - Parameters:
    ///   - views: the rows, in their order.
    ///   - shown: how many of the worst are shown.
    ///   - message: the column with a row's text.
    init(_ views: [RowView], shown: Int, message: String) {
        var counts: [(status: String, count: Int)] = []
        for status in views.compactMap({ $0.text("status") }) {
            if let index = counts.firstIndex(where: { $0.status == status }) {
                counts[index].count += 1
            } else {
                counts.append((status, 1))
            }
        }
        let kinds = counts.map { "\($0.count) \($0.status)" }.joined(separator: ", ")
        title = "\(views.count) alerts" + (kinds.isEmpty ? "" : ": \(kinds)")
        // Of equals the newest: what has been resolved since is shown as that.
        let order = views.indices.sorted { left, right in
            let (one, other) = (views[left], views[right])
            return one.rank != other.rank ? one.rank > other.rank : left > right
        }
        var told: Set<String> = []
        let news = order.filter { index in
            guard let incident = views[index].text("incident"), !incident.isEmpty else { return true }
            return told.insert(incident).inserted
        }
        let top = news.prefix(shown).map { index in
            let view = views[index]
            let text = SlackMessage.cut(view.text(message) ?? "", Self.messageMax)
            return "• \(view.text("title") ?? view.text("alert") ?? "alert"): \(text)"
        }
        let rest = news.count - top.count
        lines = top + (rest > 0 ? ["and \(rest) more"] : [])
    }
}
