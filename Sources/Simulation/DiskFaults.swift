/// Lets the k-th operation of the disk fail, for every k: a write for want of room, by an error of the device, or in
/// its sync; a read, a rename, a removal, the sync of a folder.
struct DiskFaults {
    private(set) var cases = 0
    private(set) var failed: [String] = []

    /// - Parameter stride: every how many operations one is tried.
    mutating func run(seed: UInt64, stride: Int) {
        let operations = Simulation.run(seed: seed).diskOperations
        for operation in Swift.stride(from: 1, through: operations, by: stride) {
            let outcome = Simulation.run(seed: seed) { $0.diskFault = operation }
            cases += 1
            guard !outcome.violations.isEmpty else { continue }
            failed.append(
                "SEED=\(seed) CRASH_AT='disk operation \(operation)' CMD='Simulation disk-faults --from \(seed) "
                    + "--seeds 1': \(outcome.violations[0])")
        }
    }

    var json: String { "{\"cases\": \(cases), \"failures\": \(failed.count)}" }
}
