import Testing

@testable import Operators

@Suite("the keys of similar's groups")
struct SimilarTableTests {
    /// Tags of a few values near the end of every table's range, so that runs are long and go over its end.
    private static func tags(_ group: Int) -> [UInt32] {
        [UInt32(group % 7), .max - UInt32(group % 5), UInt32(truncatingIfNeeded: (group + 1) &* 0x9E37_79B1)]
    }

    @Test(
        "however often it has grown, a tag's groups come in their order, and every tag is there", arguments: [3, 2_000])
    func growth(count: Int) {
        let table = SimilarTable()
        for group in 0..<count { table.insert(Self.tags(group), group: UInt32(group)) }
        for tag in Set((0..<count).flatMap(Self.tags)) {
            var found: [Int] = []
            table.slots.forEachGroup(tag) {
                found.append(Int($0))
                return true
            }
            #expect(found == (0..<count).filter { Self.tags($0).contains(tag) })
        }
        let first = count / 3
        let (tags, ends) = table.tags(from: first, count: count - first)
        #expect(ends.count == count - first && ends.last == tags.count)
        for group in first..<count {
            let start = group == first ? 0 : ends[group - first - 1]
            #expect(tags[start..<ends[group - first]].sorted() == Self.tags(group).sorted())
        }
    }

    @Test("a look-up ends when a group is refused")
    func refusal() {
        let table = SimilarTable()
        for group in 0..<9 { table.insert([4], group: UInt32(group)) }
        var seen = 0
        table.slots.forEachGroup(4) {
            seen += 1
            return $0 < 3
        }
        #expect(seen == 4)
    }
}
