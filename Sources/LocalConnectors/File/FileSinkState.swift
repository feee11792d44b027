import Formats
import Primitives

/// What a file sink leaves with a checkpoint.
struct FileSinkState: Sendable, Hashable {
    /// Bytes committed.
    var length: Int64
    /// Files that were full and have been renamed.
    var rotations: Int64
    /// Whether the file is to be renamed by the commit.
    var isRotating: Bool
    /// The file's number in its file system, which a rename leaves as it is; `nil` for a pipe or a device.
    var inode: Int64?

    init(length: Int64, rotations: Int64, isRotating: Bool, inode: Int64?) {
        self.length = length
        self.rotations = rotations
        self.isRotating = isRotating
        self.inode = inode
    }

    /// Reads what `bytes` wrote.
    init(_ bytes: [UInt8]) throws(Fault) {
        let value = try JSONValue.parse(bytes)
        guard let length = value["length"]?.int64, let rotations = value["rotations"]?.int64, length >= 0 else {
            throw Fault(
                "file.state", "`\(String(decoding: bytes, as: UTF8.self))` is no state of a file sink",
                domain: .internal)
        }
        self.init(
            length: length, rotations: rotations, isRotating: value["rotating"] == .bool(true),
            inode: value["inode"]?.int64)
    }

    var bytes: [UInt8] {
        let inode = inode.map { ",\"inode\":\($0)" } ?? ""
        return Array("{\"length\":\(length),\"rotations\":\(rotations),\"rotating\":\(isRotating)\(inode)}".utf8)
    }
}
