import Glibc

/// What the process has used so far.
struct Usage {
    /// Seconds of all its threads, in the program and in the kernel.
    var cpuSeconds: Double
    /// The most memory it has held, in bytes.
    var peakBytes: Int

    static var now: Usage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Usage(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), peakBytes: Int(usage.ru_maxrss) * 1_024)
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000
    }
}
