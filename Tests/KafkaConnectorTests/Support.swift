import Columnar
import Dataflow
import Glibc
import Primitives
import Synchronization

@testable import KafkaConnector

/// Settings as the reader of pipeline files makes them.
func settings(_ members: [(String, Settings.Value)], path: [String] = []) -> Settings {
    Settings(
        .object(
            members.map { name, value in
                let here = path + [name]
                switch value {
                case .object(let inner):
                    return (name, settings(inner.map { ($0.name, $0.value.value) }, path: here))
                case .list(let inner):
                    return (
                        name,
                        Settings(
                            .list(inner.enumerated().map { Settings($0.element.value, path: here + ["\($0.offset)"]) }),
                            path: here)
                    )
                default: return (name, Settings(value, path: here))
                }
            }), path: path)
}

func strings(_ values: [String]) -> Settings.Value { .list(values.map { Settings(.string($0)) }) }

/// Faults that were reported, from any thread.
final class Reported: Sendable {
    private let faults = Mutex<[Fault]>([])
    var codes: [String] { faults.withLock { $0.map(\.code) } }
    var all: [Fault] { faults.withLock { $0 } }
    func add(_ fault: Fault) { faults.withLock { $0.append(fault) } }
}

/// Lets a test's thread wait until a reader calls for it.
final class Bell: @unchecked Sendable {
    private var lock = pthread_mutex_t()
    private var condition = pthread_cond_t()
    private var isRung = false

    init() {
        pthread_mutex_init(&lock, nil)
        pthread_cond_init(&condition, nil)
    }

    func ring() {
        pthread_mutex_lock(&lock)
        isRung = true
        pthread_cond_signal(&condition)
        pthread_mutex_unlock(&lock)
    }

    /// Waits for a ring, at most some milliseconds.
    func wait(milliseconds: Int) {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_nsec += milliseconds * 1_000_000
        deadline.tv_sec += deadline.tv_nsec / 1_000_000_000
        deadline.tv_nsec %= 1_000_000_000
        pthread_mutex_lock(&lock)
        if !isRung { pthread_cond_timedwait(&condition, &lock, &deadline) }
        isRung = false
        pthread_mutex_unlock(&lock)
    }
}

/// What a reader handed out, copied.
struct Seen {
    struct Record: Equatable {
        var lane: Int
        var offset: Int64
        var text: String?
    }

    var records: [Record] = []
    var sequences: [Int: [Int64]] = [:]
    var timestamps: [Int64?] = []

    mutating func add(_ batch: RawRecords) {
        sequences[batch.lane, default: []].append(batch.sequence)
        for record in batch.records {
            records.append(
                Record(
                    lane: batch.lane, offset: record.offset,
                    text: record.bytes.map { String(decoding: $0, as: UTF8.self) }))
            timestamps.append(record.timestamp)
        }
    }

    var texts: [String] { records.compactMap(\.text).sorted() }
}

enum Stop {
    case end, caughtUp
    case records(Int)
}

/// Reads until a condition holds; gives up after `seconds` without anything new.
func read(
    _ reader: any SourceReader, bell: Bell, until stop: Stop, seconds: Int = 20, into seen: inout Seen
) throws -> Bool {
    let clock = SystemClock()
    var last = clock.monotonicNanoseconds()
    while clock.monotonicNanoseconds() - last < Int64(seconds) * 1_000_000_000 {
        if case .records(let count) = stop, seen.records.count >= count { return true }
        switch try reader.next() {
        case .records(let batch):
            seen.add(batch)
            last = clock.monotonicNanoseconds()
        case .pending: bell.wait(milliseconds: 5)
        case .caughtUp:
            if case .caughtUp = stop { return true }
            bell.wait(milliseconds: 5)
        case .end:
            if case .end = stop { return true }
            return false
        }
    }
    return false
}

func open(
    _ members: [(String, Settings.Value)], untilEnd: Bool, positions: [String: String] = [:],
    reported: Reported = Reported()
) throws -> any Source {
    try KafkaSourceFactory().open(
        settings(members),
        SourceContext(
            pipeline: "test", name: "mentions", clock: SystemClock(), untilEnd: untilEnd, baseDirectory: ".",
            positions: positions, report: { reported.add($0) }))
}

/// Reads a source with some readers, one after the other, to its end.
func readWhole(_ source: any Source, readers: Int, into seen: Seen = Seen()) throws -> Seen {
    var seen = seen
    for subtask in 0..<readers {
        let bell = Bell()
        let reader = try source.makeReader(subtask: subtask, of: readers, wake: { bell.ring() })
        defer { reader.close() }
        guard try read(reader, bell: bell, until: .end, into: &seen) else {
            throw Fault("test.stalled", "the reader did not come to its end")
        }
    }
    return seen
}

/// Writes test records.
final class Writer {
    let producer: KafkaProducer
    let ledger = DeliveryLedger()

    init(_ brokers: String, _ topic: String, properties: [(String, String)] = []) throws {
        producer = try KafkaProducer(
            endpoint: KafkaEndpoint(
                brokers: brokers,
                properties: KafkaProperties(properties: properties.map { .init(name: $0.0, value: $0.1) }),
                patienceSeconds: 10),
            clientName: "test", topic: topic, ledger: ledger,
            reports: KafkaReports(clock: SystemClock(), secrets: [], send: { _ in }), patienceSeconds: nil)
    }

    func write(_ text: String?, partition: Int32, timestamp: Int64? = nil) throws {
        var text = text
        let error =
            text?.withUTF8 {
                producer.produce(
                    value: UnsafeRawBufferPointer($0), key: nil, headers: [], partition: partition,
                    timestamp: timestamp)
            }
            ?? producer.produce(value: nil, key: nil, headers: [], partition: partition, timestamp: timestamp)
        try KafkaFault.check(error)
    }

    func flush() throws {
        for _ in 0..<100 where producer.waiting > 0 { producer.flush(milliseconds: 200) }
        let failures = ledger.takeFailures()
        if let first = failures.first { throw Fault("test.write", first.text) }
        if producer.waiting > 0 { throw Fault("test.write", "not all was written") }
    }
}
