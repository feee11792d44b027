import Dataflow
import Glibc
import Primitives

/// The folder with the models that ship: `MARTLET_MODELS`, else `models` in the nearest folder above the program that
/// has one.
enum ModelFolder {
    static let files = ModelFiles(directory: directory) { path throws(Fault) in
        access(path, F_OK) == 0 ? try readFile(path) : nil
    }

    private static let directory: String? = {
        if let named = getenv("MARTLET_MODELS") { return String(cString: named) }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        guard length > 0 else { return nil }
        var folder = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            if access("\(folder)/models", F_OK) == 0 { return "\(folder)/models" }
        }
        return nil
    }()
}
