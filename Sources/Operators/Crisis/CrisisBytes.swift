import Dataflow
import Detection
import Primitives

extension CrisisOperator.Watched {
    /// The detector, the open incident if there is one, the samples.
    func serialized() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(sized: detector.serialized())
        writer.append(UInt8(incident == nil ? 0 : 1))
        if let incident {
            writer.append(incident.startedAt)
            writer.append(UInt8(incident.severity.rawValue))
            writer.append(incident.lastUnusual)
        }
        samples.append(to: &writer)
        return writer.bytes
    }

    init(serialized bytes: [UInt8]) throws(Fault) {
        self.init()
        try bytes.read { (reader) throws(Fault) in
            detector = try CrisisDetector(serialized: try reader.readSized())
            if try reader.read(UInt8.self) != 0 {
                let startedAt = try reader.read(Int64.self)
                guard let severity = CrisisSeverity(rawValue: Int(try reader.read(UInt8.self))) else {
                    throw ByteReader.fault
                }
                incident = CrisisIncident(
                    startedAt: startedAt, severity: severity, lastUnusual: try reader.read(Int64.self))
            }
            samples = try PostSamples(&reader)
        }
    }
}

extension CrisisMinutes.Open {
    func serialized() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(sized: minute.serialized())
        samples.append(to: &writer)
        return writer.bytes
    }

    init(serialized bytes: [UInt8]) throws(Fault) {
        self.init()
        try bytes.read { (reader) throws(Fault) in
            minute = try CrisisMinute(serialized: try reader.readSized())
            samples = try PostSamples(&reader)
        }
    }
}

extension PostSamples {
    fileprivate func append(to writer: inout ByteWriter) {
        writer.append(varint: UInt64(best.count))
        for sample in best {
            writer.append(sample.reach)
            writer.append(sample.minute)
            writer.append(sample.text)
        }
    }

    fileprivate init(_ reader: inout ByteReader) throws(Fault) {
        self.init()
        let count = try reader.readCount(width: 17)
        for _ in 0..<count {
            let (reach, minute) = (try reader.read(Int64.self), try reader.read(Int64.self))
            insert(PostSample(reach: reach, text: try reader.readText(), minute: minute), keep: count)
        }
    }
}
