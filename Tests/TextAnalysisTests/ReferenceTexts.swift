import Glibc

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
        guard let file = fopen("\(folder)/\(path)", "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = fread(&part, 1, part.count, file), count > 0 { bytes += part[..<count] }
        return bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
    }
}
