import Glibc
import Primitives

/// The weights of MiniLM-L6, where `tools/setup --models` has placed them; `MARTLET_MINILM` names another folder.
enum MiniLM {
    static let folder: String = {
        if let path = getenv("MARTLET_MINILM") { return String(cString: path) }
        let checkout = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(checkout)/.deps/models/all-minilm-l6-v2"
    }()

    static var isThere: Bool { access("\(folder)/model.safetensors", R_OK) == 0 }

    /// A file of the folder; empty if there is none.
    static func read(_ name: String) -> [UInt8] {
        SystemFile.read("\(folder)/\(name)") ?? []
    }
}
