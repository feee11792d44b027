import Glibc

/// How much memory the process could have at most.
enum MachineMemory {
    /// Bytes of the machine, or of the control group that the process is in, if that has a limit below.
    static func byteCount() -> Int64 {
        let (machine, overflow) = Int64(sysconf(Int32(_SC_PHYS_PAGES))).multipliedReportingOverflow(
            by: Int64(sysconf(Int32(_SC_PAGESIZE))))
        return limits().reduce(overflow || machine <= 0 ? .max : machine, min)
    }

    /// Limits of control groups, of both versions (cgroups(7)). Within a container the group's own path leads nowhere
    /// and it stands at the root.
    private static func limits() -> [Int64] {
        var paths = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        for line in (text("/proc/self/cgroup") ?? "").split(separator: "\n") {
            // `number:controllers:path`, of version 2 without a controller.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            if parts[1].isEmpty { paths.append("/sys/fs/cgroup\(parts[2])/memory.max") }
            if parts[1] == "memory" { paths.append("/sys/fs/cgroup/memory\(parts[2])/memory.limit_in_bytes") }
        }
        // `max` is no number: no limit.
        return paths.compactMap { text($0).flatMap { Int64($0.prefix { $0 != "\n" }) } }.filter { $0 > 0 }
    }

    private static func text(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
