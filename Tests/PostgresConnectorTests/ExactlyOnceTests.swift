import Columnar
import Dataflow
import PostgresConnector
import Primitives
import Testing

extension PostgresSuite {
    @Suite("Exactly once", .timeLimit(.minutes(2)))
    struct ExactlyOnceTests {
        let server = PrivatePostgres.shared
        let schema = Schema([Field("id", .int64), Field("n", .int64)])

        private func rows(_ range: Range<Int64>, n: Int64 = 0) -> RecordBatch {
            batch(schema, range.map { [.integer($0), .integer(n)] })
        }

        private func open(
            _ table: String, isKeyed: Bool, _ witness: Witness = Witness(), port: Int? = nil,
            clock: any WallClock = SystemClock()
        ) throws -> any Sink {
            let url = port.map { "postgres://martlet@127.0.0.1:\($0)/postgres" } ?? server.url
            return try PostgresSinkFactory().open(
                settings(url: url, [("table", .string(table))]),
                witness.context(schema, key: isKeyed ? ["id"] : [], name: table, clock: clock))
        }

        /// Rows, different ids, and the marker's epoch.
        private func state(_ table: String) throws -> [String] {
            try server.query(
                """
                SELECT count(*), count(DISTINCT id), (SELECT epoch FROM martlet_commit WHERE sink = '\(table)')
                FROM \(table)
                """)
        }

        @Test(
            "a COMMIT whose reply or request is lost takes effect once", arguments: [true, false],
            [FaultProxy.Fault.swallowReply, .swallowRequest])
        func lostReply(isKeyed: Bool, fault: FaultProxy.Fault) throws {
            let table = "lost_\(fault)_\(isKeyed)".lowercased()
            let proxy = FaultProxy(to: server.port)
            let witness = Witness()
            let sink = try open(table, isKeyed: isKeyed, witness, port: proxy.port)
            try sink.restore(nil, epoch: 0)
            for epoch in Int64(1)...4 {
                try sink.write(rows(epoch * 100..<epoch * 100 + 100))
                _ = try sink.prepare(epoch: epoch)
                if epoch % 2 == 0 { proxy.arm("COMMIT", fault) }
                try sink.commit(epoch: epoch)
                #expect(proxy.isSprung)
                #expect(try state(table) == ["\(epoch * 100)|\(epoch * 100)|\(epoch)"])
            }
            sink.close()
            #expect(sink.counts.committed == 400)
            #expect(witness.faults.map(\.code) == ["postgres.lost", "postgres.back", "postgres.lost", "postgres.back"])
        }

        @Test("a killed run's request to become the owner, answered late, takes the sink from nobody")
        func lateClaim() throws {
            let table = "late_claim"
            let connection = try server.connect()
            let name = try #require(TableName(table))
            var killed = CommitMarker(beside: name, pipeline: "test", sink: table)
            // What a killed run saw before it asked for the sink; the request waits with the server.
            let earlier = try open(table, isKeyed: true)
            try earlier.restore(nil, epoch: 0)
            let seen = try killed.lastOwner(connection)
            let next = try open(table, isKeyed: true)
            try next.restore(nil, epoch: 0)

            #expect(try killed.succeed(seen, connection) == false)
            try next.write(rows(0..<10))
            _ = try next.prepare(epoch: 1)
            try next.commit(epoch: 1)
            #expect(try state(table) == ["10|10|1"])
        }

        @Test("a run that was taken for dead writes nothing more", arguments: [true, false])
        func zombie(isKeyed: Bool) throws {
            let table = "zombie_\(isKeyed)"
            let first = try open(table, isKeyed: isKeyed)
            try first.restore(nil, epoch: 0)
            try first.write(rows(0..<10))
            let snapshot = try first.prepare(epoch: 1)
            try first.commit(epoch: 1)
            try first.write(rows(10..<20, n: 1))
            _ = try first.prepare(epoch: 2)

            let second = try open(table, isKeyed: isKeyed)
            try second.restore(snapshot, epoch: 1)
            let fault = #expect(throws: Fault.self) { try first.commit(epoch: 2) }
            #expect(fault?.code == "postgres.outrun")
            #expect(try state(table) == ["10|10|1"])
            try second.write(rows(10..<20, n: 2))
            _ = try second.prepare(epoch: 2)
            try second.commit(epoch: 2)
            #expect(throws: Fault.self) { try first.commit(epoch: 2) }
            #expect(try state(table) == ["20|20|2"])
            #expect(try server.query("SELECT sum(n) FROM \(table)") == ["20"])
        }

        @Test("a run that stands still inside its transaction does not hold up the next")
        func standstill() throws {
            try open("standstill", isKeyed: true).restore(nil, epoch: 0)
            let zombie = try PostgresConnection(
                ConnectionAddress(server.url), application: "martlet test", timeoutSeconds: 10,
                patience: Patience(clock: SystemClock(), isStopping: { false }))
            try zombie.execute("BEGIN; UPDATE martlet_commit SET epoch = 9 WHERE sink = 'standstill'")
            let sink = try open("standstill", isKeyed: true)
            try sink.restore(nil, epoch: 0)
            try sink.write(rows(0..<10))
            _ = try sink.prepare(epoch: 1)
            try sink.commit(epoch: 1)
            #expect(try state("standstill") == ["10|10|1"])
            #expect(throws: PostgresError.self) { try zombie.execute("COMMIT") }
        }

        @Test(
            "a run that goes on makes the checkpoint's commit if it was not made, and only then",
            arguments: [true, false], [true, false])
        func restore(isKeyed: Bool, isCommitted: Bool) throws {
            let table = "restored_\(isKeyed)_\(isCommitted)"
            let first = try open(table, isKeyed: isKeyed)
            try first.restore(nil, epoch: 0)
            try first.write(rows(0..<10))
            _ = try first.prepare(epoch: 1)
            try first.commit(epoch: 1)
            // One key twice, so that an upsert takes back one row less.
            try first.write(rows(10..<20))
            try first.write(rows(19..<20, n: 7))
            let snapshot = try first.prepare(epoch: 2)
            #expect(snapshot.rows.reduce(0) { $0 + $1.selectedCount } == (isKeyed ? 10 : 11))
            if isCommitted {
                try first.commit(epoch: 2)
            }
            first.close()

            let second = try open(table, isKeyed: isKeyed)
            try second.restore(snapshot, epoch: 2)
            #expect(try state(table) == [isKeyed ? "20|20|2" : "21|20|2"])
            #expect(second.counts.received == (isCommitted ? 0 : isKeyed ? 10 : 11))
            #expect(second.counts.held == 0)
            try second.write(rows(20..<30))
            _ = try second.prepare(epoch: 3)
            try second.commit(epoch: 3)
            #expect(try state(table) == [isKeyed ? "30|30|3" : "31|30|3"])
        }

        @Test("a state older than the table is told of where rows are absolute, and refused where they are added")
        func behind() throws {
            for isKeyed in [true, false] {
                let table = "behind_\(isKeyed)"
                let first = try open(table, isKeyed: isKeyed)
                try first.restore(nil, epoch: 0)
                var snapshots: [SinkSnapshot] = []
                for epoch in Int64(1)...3 {
                    try first.write(rows(epoch * 10..<epoch * 10 + 10))
                    snapshots.append(try first.prepare(epoch: epoch))
                    try first.commit(epoch: epoch)
                }
                first.close()
                let witness = Witness()
                let second = try open(table, isKeyed: isKeyed, witness)
                guard isKeyed else {
                    let fault = #expect(throws: Fault.self) { try second.restore(snapshots[0], epoch: 1) }
                    #expect(fault?.code == "postgres.state_behind" && fault?.hint != nil)
                    #expect(try state(table) == ["30|30|3"])
                    continue
                }
                try second.restore(snapshots[0], epoch: 1)
                #expect(witness.faults.map(\.code) == ["postgres.state_behind"])
                try second.write(rows(20..<30))
                _ = try second.prepare(epoch: 2)
                try second.commit(epoch: 2)
                #expect(try state(table) == ["30|30|2"])
            }
        }

        @Test("rows of several epochs that an outage left behind arrive once, whatever had arrived of them")
        func severalEpochs() throws {
            for fault in [FaultProxy.Fault.swallowReply, .swallowRequest] {
                let table = "several_\(fault)".lowercased()
                let proxy = FaultProxy(to: server.port)
                let witness = Witness()
                let first = try open(table, isKeyed: false, witness, port: proxy.port, clock: FastClock())
                try first.restore(nil, epoch: 0)
                try first.write(rows(0..<10))
                _ = try first.prepare(epoch: 1)
                // Nobody can be asked what became of it, until the run is stopped.
                proxy.arm("COMMIT", fault, isLast: true)
                witness.stop()
                try first.commit(epoch: 1)
                #expect(first.counts.held == 10)
                try first.write(rows(10..<20))
                let snapshot = try first.prepare(epoch: 2)
                try first.commit(epoch: 2)
                first.close()
                #expect(first.counts.held == 20)
                let second = try open(table, isKeyed: false)
                try second.restore(snapshot, epoch: 2)
                #expect(try state(table) == ["20|20|2"])
            }
        }

        /// What a store would hold: the newest checkpoint, and how far its source had come.
        private struct Durable {
            var snapshot: SinkSnapshot?
            var epoch: Int64 = 0
            var position: Int64 = 0
        }

        /// Where a run dies.
        private enum Death: Int {
            case writing, prepared, durable, requestLost, replyLost, committed
        }

        @Test(
            "whatever runs die at, every row is there once, and a reader sees whole epochs", arguments: UInt64(0)..<10)
        func deaths(seed: UInt64) throws {
            var random = RandomSource(seed: seed)
            let isKeyed = seed % 2 == 0
            let table = "deaths_\(seed)"
            let proxy = FaultProxy(to: server.port)
            var durable = Durable()
            var visible: Set<Int64> = [0]
            for _ in 0..<8 {
                let witness = Witness()
                let sink = try open(table, isKeyed: isKeyed, witness, port: proxy.port, clock: FastClock())
                try sink.restore(durable.snapshot, epoch: durable.epoch)
                #expect(try server.query("SELECT count(*) FROM \(table)") == ["\(durable.position)"], "seed \(seed)")
                let steps = random.below(3)
                for step in 0...steps {
                    let death = step == steps ? Death(rawValue: random.below(6)) : nil
                    let end = durable.position + Int64(random.below(50))
                    if end > durable.position { try sink.write(rows(durable.position..<end)) }
                    if death == .writing { break }
                    let snapshot = try sink.prepare(epoch: durable.epoch + 1)
                    if death == .prepared { break }
                    durable = Durable(snapshot: snapshot, epoch: durable.epoch + 1, position: end)
                    visible.insert(end)
                    if death == .durable { break }
                    if death == .requestLost || death == .replyLost {
                        proxy.arm("COMMIT", death == .replyLost ? .swallowReply : .swallowRequest, isLast: true)
                        witness.stop()
                    }
                    try sink.commit(epoch: durable.epoch)
                    let count = try server.query("SELECT count(*) FROM \(table)").first.flatMap { Int64($0) }
                    #expect(visible.contains(try #require(count)), "seed \(seed)")
                    if death != nil { break }
                }
                sink.close()
                proxy.mend()
            }
            let last = try open(table, isKeyed: isKeyed)
            try last.restore(durable.snapshot, epoch: durable.epoch)
            let position = durable.position
            #expect(
                try server.query("SELECT count(*), count(DISTINCT id), coalesce(max(id), -1) FROM \(table)")
                    == ["\(position)|\(position)|\(position - 1)"], "seed \(seed)")
        }

        @Test("a run that appends anew after another says so")
        func appendingAgain() throws {
            let first = try open("again", isKeyed: false)
            try first.restore(nil, epoch: 0)
            try first.write(rows(0..<10))
            _ = try first.prepare(epoch: 1)
            try first.commit(epoch: 1)
            let witness = Witness()
            let second = try open("again", isKeyed: false, witness)
            try second.restore(nil, epoch: 0)
            #expect(witness.faults.map(\.code) == ["postgres.appending_again"])
            try second.write(rows(0..<10))
            _ = try second.prepare(epoch: 1)
            try second.commit(epoch: 1)
            #expect(try state("again") == ["20|10|1"])
        }

        @Test("marks of earlier versions are brought up to date, or their absence is told with the remedy")
        func migration() throws {
            _ = try server.query(
                """
                CREATE SCHEMA migrated;
                CREATE TABLE migrated.martlet_commit (pipeline text, sink text, sequence bigint NOT NULL,
                    PRIMARY KEY (pipeline, sink));
                INSERT INTO migrated.martlet_commit VALUES ('test', 'migrated.rows', 12)
                """)
            let sink = try open("migrated.rows", isKeyed: false)
            try sink.restore(nil, epoch: 0)
            try sink.write(rows(0..<10))
            _ = try sink.prepare(epoch: 1)
            try sink.commit(epoch: 1)
            let other = try open("migrated.others", isKeyed: true)
            try other.restore(nil, epoch: 0)
            #expect(
                try server.query("SELECT sink, epoch FROM migrated.martlet_commit ORDER BY 1") == [
                    "migrated.others|0", "migrated.rows|1",
                ])

            _ = try server.query("CREATE SCHEMA bare; CREATE TABLE bare.rows (id bigint PRIMARY KEY, n bigint)")
            let fault = #expect(throws: Fault.self) {
                _ = try openSink(
                    settings(("table", .string("bare.rows")), ("create", .bool(false))), schema, key: ["id"], Witness())
            }
            #expect(fault?.code == "postgres.marker")
            #expect(fault?.hint?.hasPrefix("CREATE TABLE IF NOT EXISTS \"bare\".\"martlet_commit\"") == true)
        }
    }
}
