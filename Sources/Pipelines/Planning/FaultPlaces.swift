import Dataflow

/// Turns a component's own faults, which name a path and a byte, into places in the file.
struct FaultPlaces {
    let sources: [SourceText]

    /// The place of a fault within a component's value.
    func place(of fault: PlanFault, in node: FileNode) -> Place {
        let target = node.descend(fault.path)
        guard fault.offset > 0, let scalar = target.scalar, !scalar.isInterpolated else { return target.place }
        let bytes = sources[target.place.source].bytes
        let start = target.place.offset
        let end =
            switch scalar.style {
            case .plain: plain(bytes, start, fault.offset, length: scalar.raw.utf8.count)
            case .singleQuoted: singleQuoted(bytes, start, fault.offset)
            case .doubleQuoted: doubleQuoted(bytes, start, fault.offset)
            // Indentation and folding part the value from its text.
            case .block: nil as Int?
            }
        return Place(source: target.place.source, offset: end ?? start)
    }

    private func plain(_ bytes: [UInt8], _ start: Int, _ offset: Int, length: Int) -> Int? {
        guard offset <= length, start + offset <= bytes.count else { return nil }
        return bytes[start..<start + offset].contains(where: Self.isBreak) ? nil : start + offset
    }

    private func singleQuoted(_ bytes: [UInt8], _ start: Int, _ offset: Int) -> Int? {
        var index = start + 1
        for _ in 0..<offset {
            guard index < bytes.count, !Self.isBreak(bytes[index]) else { return nil }
            index += bytes[index] == UInt8(ascii: "'") ? 2 : 1
        }
        return index <= bytes.count ? index : nil
    }

    /// Escapes of one byte are followed; behind a longer one the place is unknown.
    private func doubleQuoted(_ bytes: [UInt8], _ start: Int, _ offset: Int) -> Int? {
        var index = start + 1
        for _ in 0..<offset {
            guard index < bytes.count, !Self.isBreak(bytes[index]) else { return nil }
            guard bytes[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            guard index + 1 < bytes.count, "\"\\/tnrabfv0e ".utf8.contains(bytes[index + 1]) else { return nil }
            index += 2
        }
        return index <= bytes.count ? index : nil
    }

    private static func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
}
