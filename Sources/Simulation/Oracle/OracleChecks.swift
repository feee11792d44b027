import Primitives

/// What is compared, and when: at each commit with what the checkpoint's positions lead to, and at the end with all.
extension Oracle {
    /// The file holds exactly the rows of the records before the checkpoint's positions.
    static func checkFile(_ world: World, epoch: Int64) {
        guard let expected = expected(world, at: epoch) else { return }
        compare(world, "file at epoch \(epoch)", counted(world.file.lines), expected.passed)
    }

    /// A table of letters holds exactly theirs, and no window more than they lead to.
    static func checkTransaction(_ world: World, sink: String, epoch: Int64) {
        guard let expected = expected(world, at: epoch) else { return }
        switch sink {
        case SimulatedJob.late:
            compare(world, "late rows at epoch \(epoch)", world.database.letters[sink] ?? [:], expected.late)
        case SimulatedJob.dead:
            compare(world, "dead letters at epoch \(epoch)", world.database.letters[sink] ?? [:], expected.dead)
        default:
            for (key, row) in world.database.windows {
                let most = expected.windows[key]?.count ?? 0
                if row.count > most { world.violate("epoch \(epoch) shows \(row), with \(most) rows read") }
            }
        }
    }

    /// Everything has been read and committed.
    static func checkEnd(_ world: World) {
        let expected = expected(world)
        compare(world, "file", counted(world.file.lines), expected.passed)
        compare(world, "late rows", world.database.letters[SimulatedJob.late] ?? [:], expected.late)
        compare(world, "dead letters", world.database.letters[SimulatedJob.dead] ?? [:], expected.dead)
        let windows = world.database.windows
        for (key, row) in expected.windows where windows[key] != row {
            world.violate("window \(key): \(windows[key].map { "\($0)" } ?? "missing"), expected \(row)")
        }
        for key in windows.keys where expected.windows[key] == nil { world.violate("window \(key) is not in the log") }
        let messages = Set(world.receiver.messages.keys)
        if messages != expected.messages {
            world.violate(
                "messages: \(expected.messages.subtracting(messages).count) lost, "
                    + "\(messages.subtracting(expected.messages).count) made up")
        }
    }

    private static func expected(_ world: World, at epoch: Int64) -> Expected? {
        world.positions[epoch].map { self.expected(world, upTo: $0) }
    }

    private static func counted(_ ids: [Int64]) -> [Int64: Int] {
        Dictionary(ids.map { ($0, 1) }, uniquingKeysWith: +)
    }

    private static func compare(_ world: World, _ what: String, _ found: [Int64: Int], _ expected: [Int64: Int]) {
        guard found != expected else { return }
        var lost = 0
        var extra = 0
        for (id, count) in expected { lost += max(0, count - found[id, default: 0]) }
        for (id, count) in found { extra += max(0, count - expected[id, default: 0]) }
        world.violate("\(what): \(lost) lost, \(extra) too many")
    }
}
