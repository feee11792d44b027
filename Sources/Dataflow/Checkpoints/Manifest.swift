/// What one checkpoint consists of: its head, and where its rows lie.
package struct Manifest: Sendable {
    /// A segment file that blocks lie in.
    package struct File: Sendable, Hashable {
        package var name: String
        /// Seeds the checksums of its blocks.
        package var epoch: Int64
        package var size: Int64
    }

    /// Where a block lies.
    package struct Place: Sendable, Hashable {
        package var file: File
        package var offset: Int64
        package var length: Int64
        package var checksum: UInt64
    }

    /// Rows of one bucket that one subtask had captured.
    package struct Block: Sendable, Hashable {
        package var node: String
        package var table: String
        package var bucket: Int64
        package var subtask: Int
        /// The least and the greatest key group of its rows.
        package var groups: ClosedRange<Int>
        package var rowCount: Int
        /// The epoch of its newest row.
        package var epoch: Int64
        /// Whether it is one of several that were made one.
        package var isMerged: Bool
        /// Blocks of equal schemas have equal ones.
        package var schemaHash: UInt64
        package var place: Place
    }

    /// What a sink left: its token, and where its rows lie.
    package struct Sink: Sendable {
        package var token: [UInt8]
        package var rows: [Place]
    }

    package var head: CheckpointHead
    /// Of every bucket the newest first.
    package var blocks: [Block]
    /// In the order of `head.sinks`.
    package var sinks: [Sink]

    /// Every file that it needs.
    package var files: Set<File> {
        var files = Set(blocks.map(\.place.file))
        for sink in sinks { files.formUnion(sink.rows.map(\.file)) }
        return files
    }

    /// The name of an epoch's manifest.
    package static func name(_ epoch: Int64) -> String { "manifest-\(epoch)" }

    /// The epoch that a file's name says, if it is a manifest's.
    package static func epoch(ofName name: String) -> Int64? {
        guard name.hasPrefix("manifest-"), let epoch = Int64(name.dropFirst("manifest-".count)),
            Self.name(epoch) == name
        else { return nil }
        return epoch
    }
}
