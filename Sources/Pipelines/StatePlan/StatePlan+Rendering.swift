import Primitives

extension StatePlan {
    /// For people: a line an operator, what is read again, and how to accept it.
    package func text() -> String {
        var output = "pipeline \(pipeline), "
        output += epoch == 0 ? "no state to go on from\n" : "from checkpoint \(epoch)\n"
        let width = lines.map(\.name.utf8.count).max() ?? 0
        for line in lines {
            let name = line.name + String(repeating: " ", count: width - line.name.utf8.count)
            let action = line.action.rawValue + String(repeating: " ", count: 7 - line.action.rawValue.utf8.count)
            output += "  \(action)  \(name)  \(line.kind)\n"
            for reason in line.reasons { output += "           \(reason)\n" }
        }
        for replay in replays {
            output +=
                "  again    \(replay.source)  \(replay.records) records are read once more, from its beginning to\n"
            for position in replay.positions { output += "           \(position)\n" }
        }
        if needsAcceptance { output += "state is lost or built again; run with --accept \(hash) to agree\n" }
        return output
    }

    /// For machines.
    package func json() -> String {
        JSONDocument.object([
            ("pipeline", .string(pipeline)),
            ("checkpoint", .integer(Int(epoch))),
            ("hash", .string(hash)),
            ("needs_acceptance", .bool(needsAcceptance)),
            (
                "operators",
                .array(
                    lines.map { line in
                        .object([
                            ("name", .string(line.name)), ("kind", .string(line.kind)),
                            ("action", .string(line.action.rawValue)), ("reasons", .strings(line.reasons)),
                        ])
                    })
            ),
            (
                "replays",
                .array(
                    replays.map { replay in
                        .object([
                            ("source", .string(replay.source)), ("records", .integer(Int(replay.records))),
                            ("positions", .strings(replay.positions)),
                        ])
                    })
            ),
        ]).rendered()
    }
}
