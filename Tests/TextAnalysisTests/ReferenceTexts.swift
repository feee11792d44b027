import Glibc
import Primitives

/// Real data beside the checkout: `../shared`, or wherever MARTLET_SHARED says.
enum ReferenceTexts {
    static let folder: String = {
        if let path = getenv("MARTLET_SHARED") { return String(cString: path) }
        let checkout = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(checkout)/../shared"
    }()

    static func exists(_ path: String) -> Bool { access("\(folder)/\(path)", R_OK) == 0 }

    /// The lines of a text file.
    static func lines(_ path: String) -> [[UInt8]] {
        let bytes = SystemFile.read("\(folder)/\(path)") ?? []
        return bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
    }
}
