import Glibc
import Primitives

@testable import Dataflow

/// A folder on the real disk that goes with the fixture.
final class SpillFixture {
    let path: String
    let disk = LocalDisk(root: "")

    init() throws {
        var template = Array("/tmp/martlet-spills-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Fault("test.folder", "no folder for a test") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in (try? disk.list(path)) ?? [] { try? disk.remove("\(path)/\(name)") }
        rmdir(path)
    }

    var names: [String] { (try? disk.list(path)) ?? [] }

    func folder(checkpointsKept: Int = 2, goesOn: Bool = true, bucketRowsMin: Int = 256) throws -> SpillFolder {
        try SpillFolder(
            disk: disk, directory: path, checkpointsKept: checkpointsKept, goesOn: goesOn,
            bucketRowsMin: bucketRowsMin)
    }

    /// Changes one byte of a file.
    func flip(_ name: String, at offset: Int) throws {
        var bytes = try disk.read("\(path)/\(name)", offset: 0, count: Int(disk.size("\(path)/\(name)")))
        bytes[offset] ^= 0x10
        try disk.write("\(path)/\(name)", [bytes])
    }
}
