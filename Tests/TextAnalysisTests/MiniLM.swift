import Glibc

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
        guard let file = fopen("\(folder)/\(name)", "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = fread(&part, 1, part.count, file), count > 0 { bytes += part[..<count] }
        return bytes
    }
}
