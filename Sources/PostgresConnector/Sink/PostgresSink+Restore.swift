package import Dataflow
package import Primitives

extension PostgresSink {
    /// Brings the table to the epoch of the checkpoint that the run starts from.
    package func restore(_ snapshot: SinkSnapshot?, epoch: Int64) throws(Fault) {
        guard let snapshot else { return try startAnew(epoch) }
        if tableEpoch > epoch { return try goOnBehind(epoch) }
        try snapshot.check(context.schema)
        let epochs = try EpochList(snapshot.token).epochs
        for (index, rows) in snapshot.rows.enumerated() {
            // A batch of an earlier epoch may be there, of whose commit the run before never heard.
            guard (index < epochs.count ? epochs[index] : epoch) > tableEpoch else { continue }
            try write(rows)
        }
        _ = prepare(epoch: epoch)
        try commit(epoch: epoch)
    }

    private func startAnew(_ epoch: Int64) throws(Fault) {
        if tableEpoch > 0, isAppending {
            context.report(
                Fault(
                    "postgres.appending_again", "rows that an earlier run appended may be appended again",
                    detail: "table \(settings.plan.name.text) holds epoch \(tableEpoch), and this run starts anew",
                    hint: "empty the table if they are not wanted twice, or give the rows a key"))
        }
        try mark(epoch)
    }

    /// The table holds more than the checkpoint knows: the state is older than the table.
    private func goOnBehind(_ epoch: Int64) throws(Fault) {
        let detail = "table \(settings.plan.name.text) holds epoch \(tableEpoch), the checkpoint is \(epoch)"
        guard !isAppending else {
            throw Fault(
                "postgres.state_behind", "the table holds rows that this state would append again", detail: detail,
                hint: "use the state folder that wrote them; or delete the rows that came after, and the sink's row "
                    + "of martlet_commit", domain: .external)
        }
        context.report(
            Fault(
                "postgres.state_behind", "the table is newer than the state; its rows are written again as they come",
                detail: detail, hint: "use the newest state folder", domain: .external))
        try mark(epoch)
    }
}
