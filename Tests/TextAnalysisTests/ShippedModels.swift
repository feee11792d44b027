import Glibc
import Primitives

/// The models that ship, in the folder `models` of the checkout; `MARTLET_MODELS` names another.
enum ShippedModels {
    static let folder: String = {
        if let path = getenv("MARTLET_MODELS") { return String(cString: path) }
        let checkout = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(checkout)/models"
    }()

    static var exist: Bool { access(folder, R_OK) == 0 }

    /// A file of the folder; empty if there is none.
    static func read(_ name: String) -> [UInt8] {
        SystemFile.read("\(folder)/\(name)") ?? []
    }
}
