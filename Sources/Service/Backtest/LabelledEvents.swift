package import Dataflow
import Formats
package import Primitives

/// What really happened, and when: what a detector should have found.
package struct LabelledEvents: Sendable {
    /// One event.
    package struct Event: Sendable, Hashable {
        /// In microseconds.
        var start: Int64
        var end: Int64
        /// Whom it concerned; `nil`: whatever the key.
        var key: String?
        /// Which detector should have found it; `nil`: any.
        var detector: String?

        /// Whether a firing tells of the event.
        func contains(_ firing: Firing) -> Bool {
            firing.at >= start && firing.at <= end && (key == nil || key == firing.key)
                && (detector == nil || detector == firing.detector)
        }
    }

    var events: [Event]

    /// Reads a table with the columns `start` and `end`, and if there are such `key` and `detector`.
    /// - Throws: what is wrong with a row, and which.
    package init(_ table: StaticTable) throws(Fault) {
        func place(_ name: String) -> Int? { table.columns.firstIndex(of: name) }
        guard let start = place("start"), let end = place("end") else {
            throw Fault(
                "labels.columns", "labels have a column `start` and a column `end`",
                detail: "found: \(table.columns.joined(separator: ", "))")
        }
        events = []
        for (number, row) in table.rows.enumerated() {
            guard let from = Self.time(row[start]), let to = Self.time(row[end]), from <= to else {
                throw Fault(
                    "labels.time", "row \(number + 1) of the labels has no start and end",
                    hint: "write times as RFC 3339, the start before the end")
            }
            func value(_ name: String) -> String? {
                place(name).flatMap { row[$0] }.flatMap { $0.isEmpty ? nil : $0 }
            }
            events.append(Event(start: from, end: to, key: value("key"), detector: value("detector")))
        }
    }

    /// Reads the table of a file: CSV with a header line, or one JSON object a line.
    package static func read(_ path: String) throws(Fault) -> LabelledEvents {
        try LabelledEvents(TableReader.read(readFile(path)))
    }

    /// - Throws: that an event is for a detector that there is not.
    package func check(_ detectors: [String]) throws(Fault) {
        guard let wrong = events.lazy.compactMap(\.detector).first(where: { !detectors.contains($0) }) else { return }
        throw Fault(
            "labels.detector", "there is no detector `\(wrong)`, which labels name",
            hint: Spelling.nearest(wrong, detectors).map { "did you mean `\($0)`?" }
                ?? "the detectors are \(detectors.map { "`\($0)`" }.joined(separator: ", "))")
    }

    private static func time(_ text: String?) -> Int64? { text.flatMap { Timestamp.parse($0) } }
}

/// How well firings and events agree.
package struct BacktestScore: Sendable, Hashable {
    /// Firings, and those that tell of an event.
    package var firings = 0
    package var right = 0
    /// Events within the time that was tested, and those that some firing tells of.
    package var events = 0
    package var found = 0
    /// The median time from an event's start to its first firing, in microseconds; `nil` if none was found.
    package var delay: Int64?

    /// - Parameters:
    ///   - firings: of one detector, or of all.
    ///   - detector: whose events count; `nil`: all of them.
    package init(_ firings: [Firing], _ labels: LabelledEvents, detector: String?, from: Int64, to: Int64) {
        let events = labels.events.filter { event in
            event.end >= from && event.start <= to && (detector == nil || event.detector ?? detector == detector)
        }
        self.firings = firings.count
        right = firings.count { firing in events.contains { $0.contains(firing) } }
        self.events = events.count
        var delays: [Int64] = []
        for event in events {
            guard let first = firings.first(where: event.contains) else { continue }
            delays.append(first.at - event.start)
        }
        found = delays.count
        delay = delays.isEmpty ? nil : delays.sorted()[(delays.count - 1) / 2]
    }

    /// The share of firings that tell of an event; `nil` without firings.
    package var precision: Double? { firings == 0 ? nil : Double(right) / Double(firings) }
    /// The share of events that were found; `nil` without events.
    package var recall: Double? { events == 0 ? nil : Double(found) / Double(events) }
}
