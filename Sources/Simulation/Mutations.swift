import Columnar
import Dataflow
import Primitives

/// Damages state folders in every way and looks at what is made of them: the state as it was, an older checkpoint, or a
/// refusal. Never another state.
struct Mutations {
    private(set) var cases = 0
    private(set) var exact = 0
    private(set) var older = 0
    private(set) var refused = 0
    private(set) var silentlyWrong: [String] = []
    private var random: RandomSource

    init(seed: UInt64) {
        random = RandomSource(seed: seed)
    }

    /// - Parameter count: how many mutations of the seed's last state are tried.
    mutating func run(seed: UInt64, count: Int) {
        let disk = Simulation.run(seed: seed).disk
        guard case .state(let epoch, let whole) = Self.read(disk) else {
            silentlyWrong.append("SEED=\(seed): the state that nothing has happened to cannot be read")
            return
        }
        var known = [epoch: whole]
        var before = disk
        before.remove("state/manifest-\(epoch)")
        if case .state(let earlier, let state) = Self.read(before) { known[earlier] = state }
        for _ in 0..<count {
            var damaged = disk
            let what = mutate(&damaged)
            cases += 1
            switch Self.read(damaged) {
            case .refused: refused += 1
            case .nothing: silentlyWrong.append("SEED=\(seed): \(what): taken for an empty folder")
            case .state(let found, let state):
                if known[found] != state {
                    silentlyWrong.append("SEED=\(seed): \(what): epoch \(found) with another content")
                } else if found == epoch {
                    exact += 1
                } else {
                    older += 1
                }
            }
        }
    }

    private enum Reading {
        case refused
        case nothing
        /// The epoch, and a hash of everything that a run would take back.
        case state(Int64, UInt64)
    }

    private static func read(_ content: DiskContent) -> Reading {
        let scenario = Scenario(seed: 0)
        let world = World(scenario, EventLog(scenario), isTraced: false)
        world.mayFail = false
        let disk = SimulatedDisk(Life(number: 0, world: world), content)
        do throws(Fault) {
            let store = try LocalCheckpointStore(
                disk: disk, directory: "state", pipeline: "simulated", diskBudget: nil)
            guard let start = try store.open(report: { _ in }) else { return .nothing }
            var hash = StateHash()
            hash.add("\(start.head.sources) \(start.head.operators) \(start.head.sinks) \(start.head.subtasks)")
            for node in start.head.operators {
                try store.restore(node: node.name, keyGroups: 0..<KeyGroup.count) { rows in
                    hash.add("\(node.name) \(rows.table) \(rows.bucket)")
                    hash.add(rows.rows)
                }
            }
            for sink in start.head.sinks {
                guard let snapshot = try store.restoreSink(sink.name) else { continue }
                hash.add(String(decoding: snapshot.token, as: UTF8.self))
                for rows in snapshot.rows { hash.add(rows) }
            }
            return .state(start.head.epoch, hash.value)
        } catch {
            return .refused
        }
    }

    private mutating func mutate(_ disk: inout DiskContent) -> String {
        let names = disk.list("state")
        let name = names[random.below(names.count)]
        let path = "state/\(name)"
        var bytes = disk.bytes(path) ?? []
        let place = bytes.isEmpty ? 0 : random.below(bytes.count)
        switch random.below(8) {
        case 0...2:
            if !bytes.isEmpty { bytes[place] ^= 1 << UInt8(random.below(8)) }
            disk.write(path, bytes)
            return "\(name): a bit of byte \(place) flipped"
        case 3:
            disk.write(path, Array(bytes.prefix(place)))
            return "\(name): cut to \(place) bytes"
        case 4:
            for index in place..<min(bytes.count, place + 512) { bytes[index] = 0 }
            disk.write(path, bytes)
            return "\(name): zeros from byte \(place)"
        case 5:
            disk.remove(path)
            return "\(name): missing"
        case 6:
            let other = names[random.below(names.count)]
            let others = disk.bytes("state/\(other)") ?? []
            disk.write("state/\(other)", bytes)
            disk.write(path, others)
            return "\(name) and \(other): swapped"
        default:
            bytes.insert(contentsOf: [UInt8(truncatingIfNeeded: random.next())], at: place)
            disk.write(path, bytes)
            return "\(name): a byte put in at \(place)"
        }
    }

    var json: String {
        "{\"cases\": \(cases), \"exact\": \(exact), \"older\": \(older), \"refused\": \(refused), "
            + "\"silent_wrong\": \(silentlyWrong.count)}"
    }
}

/// A hash over everything that a state consists of, in its order.
private struct StateHash {
    private(set) var value: UInt64 = 0

    mutating func add(_ text: String) {
        value = Hashing.hash64(text, seed: value)
    }

    mutating func add(_ rows: RecordBatch) {
        add("\(rows.schema)")
        for column in rows.columns { add(column, rows.rowCount) }
    }

    private mutating func add(_ column: Column, _ rows: Int) {
        for row in 0..<rows {
            guard column.isValid(row) else {
                add("null")
                continue
            }
            switch column {
            case .bool(let values): add("\(values[row])")
            case .int64(let values), .timestamp(let values): add("\(values.values[row])")
            case .float64(let values): add("\(values.values[row])")
            case .string(let values), .bytes(let values): add(values.string(row))
            case .list(let values): add("\(values[row])")
            case .struct: add("struct")
            }
        }
    }
}
