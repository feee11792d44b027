import Dataflow
import Detection
import Primitives

extension CrisisOperator.Watched {
    /// The detector and the samples.
    func serialized() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(sized: detector.serialized())
        samples.append(to: &writer)
        return writer.bytes
    }

    /// Takes back what was written.
    mutating func restore(_ bytes: [UInt8]) throws(Fault) {
        var (detector, samples) = (CrisisDetector(), PostSamples())
        try bytes.read { (reader) throws(Fault) in
            detector = try CrisisDetector.read(try reader.readSized())
            samples = try PostSamples(&reader)
        }
        (self.detector, self.samples) = (detector, samples)
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
