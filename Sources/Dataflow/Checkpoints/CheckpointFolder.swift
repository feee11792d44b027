import Compression
package import Primitives

/// The files of a state folder, as they lie on a disk: finds manifests, reads blocks, checks both.
package struct CheckpointFolder: Sendable {
    package static let segmentSuffix = ".segment"
    /// Of the manifests that are written.
    package static let formatVersion = Int(ManifestCodec.version)

    package let disk: any Disk
    /// Within the disk.
    package let directory: String

    package init(disk: any Disk, directory: String) {
        self.disk = disk
        self.directory = directory
    }

    /// Every epoch that has a manifest, the newest first.
    package func epochs() throws(Fault) -> [Int64] {
        try disk.list(directory).compactMap { Manifest.epoch(ofName: $0) }.sorted(by: >)
    }

    /// The manifest of an epoch, whole.
    /// - Parameter pipeline: whose it must be.
    package func manifest(_ epoch: Int64, pipeline: String?) throws(Fault) -> Manifest {
        let path = "\(directory)/\(Manifest.name(epoch))"
        let manifest: Manifest
        do throws(Fault) {
            let size = try disk.size(path)
            manifest = try ManifestCodec.decode(try disk.read(path, offset: 0, count: Int(clamping: size)))
        } catch {
            throw named(error, path)
        }
        guard manifest.head.epoch == epoch else {
            throw Fault(
                "state.foreign", "`\(path)` is not the manifest of its epoch",
                detail: "it says epoch \(manifest.head.epoch)", domain: .external)
        }
        if let pipeline, manifest.head.pipeline != pipeline {
            throw Fault(
                "state.foreign", "`\(directory)` holds the state of another pipeline",
                detail: "of `\(manifest.head.pipeline)`, not of `\(pipeline)`",
                hint: "name the pipeline's own folder with --state")
        }
        return manifest
    }

    /// The content of a block.
    package func content(_ place: Manifest.Place) throws(Fault) -> [UInt8] {
        do throws(Fault) {
            return try Segment.content(try bytes(place), checksum: place.checksum, epoch: place.file.epoch)
        } catch {
            throw named(error, "\(directory)/\(place.file.name)")
        }
    }

    /// Reads every byte that a manifest needs and checks it.
    package func verify(_ manifest: Manifest) throws(Fault) {
        for file in manifest.files.sorted(by: { $0.name < $1.name }) {
            let path = "\(directory)/\(file.name)"
            do throws(Fault) {
                let size = try disk.size(path)
                guard size == file.size,
                    try disk.read(path, offset: 0, count: Segment.headLength) == Segment.head
                else { throw ByteReader.fault }
            } catch {
                throw named(error, path)
            }
        }
        let places = manifest.blocks.map(\.place) + manifest.sinks.flatMap(\.rows)
        for place in places {
            do throws(Fault) {
                try Segment.verify(try bytes(place), checksum: place.checksum, epoch: place.file.epoch)
            } catch {
                throw named(error, "\(directory)/\(place.file.name)")
            }
        }
    }

    /// Bytes of all segments and manifests.
    package func byteCount() throws(Fault) -> Int64 {
        var sum: Int64 = 0
        for name in try disk.list(directory) where name.hasSuffix(Self.segmentSuffix) || name.hasPrefix("manifest-") {
            sum += try disk.size("\(directory)/\(name)")
        }
        return sum
    }

    private func bytes(_ place: Manifest.Place) throws(Fault) -> [UInt8] {
        try disk.read(
            "\(directory)/\(place.file.name)", offset: place.offset, count: Int(clamping: place.length))
    }

    /// The fault with the file's name, if it does not say it.
    private func named(_ fault: Fault, _ path: String) -> Fault {
        guard fault.code == ByteReader.fault.code || fault.code.hasPrefix("compression.") else { return fault }
        var named = ByteReader.fault
        named.message = "`\(path)` is damaged"
        return named
    }
}
