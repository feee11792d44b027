import Foundation

/// The optional folder of data that lies beside a checkout; `MARTLET_SHARED` names it elsewhere.
enum SharedFolder {
    static let path: String? = {
        let named = ProcessInfo.processInfo.environment["MARTLET_SHARED"]
        let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = named ?? checkout.appending(path: "../shared").standardized.path
        return FileManager.default.fileExists(atPath: path + "/data") ? path : nil
    }()

    static var isThere: Bool { path != nil }

    static func text(_ name: String) throws -> String {
        try String(contentsOfFile: (path ?? "") + "/data/" + name, encoding: .utf8)
    }
}
