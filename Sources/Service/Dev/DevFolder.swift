import Glibc
import Primitives

/// The folder of a pipeline's local parts. It stands below the system's temporary folder, because the user who runs
/// Postgres must be able to reach it, and a checkout often lies where only its owner may look.
enum DevFolder {
    static func path(pipeline: String) -> String {
        let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        return "\(temporary)/martlet-dev-\(geteuid())/\(pipeline)"
    }

    /// Makes the folder; refuses one that somebody else has put there.
    static func make(_ path: String) throws(Fault) {
        var prefix = ""
        for part in path.split(separator: "/") {
            prefix += "/" + part
            // Others may pass through, and see nothing.
            if mkdir(prefix, 0o711) != 0 && errno != EEXIST { throw unusable(path, String(cString: strerror(errno))) }
        }
        // A link, or a folder that is not ours, is refused by the kernel.
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else { throw unusable(path, String(cString: strerror(errno))) }
        defer { close(folder) }
        guard fchown(folder, geteuid(), getegid()) == 0, fchmod(folder, 0o711) == 0 else {
            throw unusable(path, String(cString: strerror(errno)))
        }
    }

    private static func unusable(_ path: String, _ detail: String) -> Fault {
        Fault(
            "dev.folder", "the folder \(path) cannot be used", detail: detail, hint: "name another with --state",
            domain: .external)
    }
}
