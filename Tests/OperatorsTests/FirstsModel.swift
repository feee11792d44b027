/// What a dedupe lets pass, the plain way.
struct FirstsModel {
    var within: Int64
    private var kept: [String: [Int64]] = [:]

    init(within: Int64) {
        self.within = within
    }

    mutating func isFirst(_ key: String, _ time: Int64) -> Bool {
        if kept[key, default: []].contains(where: { abs($0 - time) <= within }) { return false }
        kept[key, default: []].append(time)
        return true
    }
}
