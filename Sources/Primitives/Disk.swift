/// A file system as durable state needs it. Passed in, so that a simulation can lose, reorder and tear what was not
/// synced, and can let any operation fail.
///
/// Files are written once from start to end, synced, and then only read. Paths are relative to the disk's root.
package protocol Disk: Sendable {
    /// Makes a folder with those above it; one that is there already is no fault.
    func makeDirectory(_ path: String) throws(Fault)

    /// Names in a folder, sorted; empty if there is no such folder.
    func list(_ directory: String) throws(Fault) -> [String]

    /// Writes a whole file, made anew, and syncs its bytes; the name itself lasts only once its folder is synced.
    func write(_ path: String, _ parts: [[UInt8]]) throws(Fault)

    /// A part of a file; the fault `disk.short` if the file ends before.
    func read(_ path: String, offset: Int64, count: Int) throws(Fault) -> [UInt8]

    /// Bytes of a file; the fault `disk.missing` if there is none.
    func size(_ path: String) throws(Fault) -> Int64

    /// Gives a file another name, in place of whatever had it; lasts once the folder is synced.
    func rename(_ path: String, to other: String) throws(Fault)

    /// Makes the names of a folder last.
    func syncDirectory(_ path: String) throws(Fault)

    func remove(_ path: String) throws(Fault)

    /// Takes a lock that lasts until it is given back or the process ends; `nil` if another process has it.
    func lock(_ path: String) throws(Fault) -> (any DiskLock)?
}

/// A lock that is held.
package protocol DiskLock: Sendable {
    func unlock()
}
