import Dataflow
import Primitives

/// The `window:` of a pipeline file.
enum WindowSettings {
    static let fields = [
        FieldSpec("tumbling", .duration, doc: "Windows of this size, side by side.", example: "1m"),
        FieldSpec(
            "hopping",
            .object([
                FieldSpec("size", .duration, required: true, doc: "How long each window is."),
                FieldSpec("every", .duration, required: true, doc: "How far apart windows start."),
            ]), doc: "Windows that overlap.", example: "{ size: 5m, every: 1m }"),
        FieldSpec(
            "cumulative",
            .object([
                FieldSpec("size", .duration, required: true, doc: "After how long a new set of windows starts."),
                FieldSpec("step", .duration, required: true, doc: "How far apart the windows of a set end."),
            ]), doc: "Windows that start together and end one step after another: today so far, hour by hour.",
            example: "{ size: 1d, step: 1h }"),
        FieldSpec(
            "session", .duration,
            doc:
                "Windows of activity: rows of a key that are less than this apart are of one session. It begins with its "
                + "first row and ends this long after its last.", example: "30m"),
        FieldSpec(
            "lateness", .duration, default: "0s",
            doc: "How long after its end a window still takes rows and corrects its result; how long after its end a "
                + "session is shown. Longer keeps state longer."),
    ]

    /// The `emit:` beside it.
    static let emission = FieldSpec(
        "emit",
        .object([
            FieldSpec(
                "early", .duration, required: true,
                doc: "How often an open window shows what it holds, in wall-clock time.")
        ]), doc: "Results before the window has closed.")

    /// How often an open window shows what it holds, in microseconds; `nil`: not at all.
    static func earlyEmission(_ settings: Settings, _ faults: FaultCollector) -> Int64? {
        guard let written = settings["emit"]?["early"], let early = written.duration?.microseconds else { return nil }
        if early <= 0 {
            faults.report(
                Fault("emit.early", "the time between early results must be longer than zero"), at: written.path)
        }
        return early
    }

    /// Panes in a window: more would cost more than windows are worth.
    private static let panesMax: Int64 = 10_000

    /// A thousand years: far from where window arithmetic could overflow.
    private static let lengthMax: Int64 = 31_556_952_000_000_000

    /// How the rows of a key are put together.
    enum Choice {
        case panes(WindowSpec)
        case sessions(gap: Int64, lateness: Int64)
    }

    static func parse(_ settings: Settings, _ faults: FaultCollector) -> Choice? {
        let lateness = settings["lateness"]?.duration?.microseconds ?? 0
        guard lateness < lengthMax else {
            faults.report(
                Fault("window.length", "lateness must be below 1000 years"),
                at: settings["lateness"]?.path ?? settings.path)
            return nil
        }
        let chosen = ["tumbling", "hopping", "cumulative", "session"].filter { settings[$0] != nil }
        guard chosen.count == 1 else {
            faults.report(
                Fault(
                    "window.kind",
                    chosen.isEmpty ? "no kind of window is given" : "a window is of one kind, not of \(chosen.count)",
                    hint: "write one of `tumbling`, `hopping`, `cumulative`, `session`"),
                at: settings.path)
            return nil
        }
        if let session = settings["session"] {
            return positive(session, faults).map { .sessions(gap: $0, lateness: lateness) }
        }
        return panes(settings, lateness, faults).map { .panes($0) }
    }

    private static func panes(_ settings: Settings, _ lateness: Int64, _ faults: FaultCollector) -> WindowSpec? {
        if let tumbling = settings["tumbling"], let size = positive(tumbling, faults) {
            return WindowSpec(kind: .tumbling(size: size), lateness: lateness)
        }
        if let hopping = settings["hopping"], let size = hopping["size"], let every = hopping["every"],
            let sizeValue = positive(size, faults), let everyValue = positive(every, faults)
        {
            if everyValue > sizeValue {
                faults.report(
                    Fault(
                        "window.gap", "windows \(DurationText.format(everyValue)) apart leave gaps between them",
                        hint: "`every` is at most `size`"),
                    at: every.path)
                return nil
            }
            return checked(
                WindowSpec(kind: .hopping(size: sizeValue, every: everyValue), lateness: lateness), sizeValue,
                settings.path, faults)
        }
        if let cumulative = settings["cumulative"], let size = cumulative["size"], let step = cumulative["step"],
            let sizeValue = positive(size, faults), let stepValue = positive(step, faults)
        {
            if sizeValue % stepValue != 0 {
                faults.report(
                    Fault("window.step", "`size` is not a multiple of `step`", hint: "choose a step that divides it"),
                    at: step.path)
                return nil
            }
            return checked(
                WindowSpec(kind: .cumulative(size: sizeValue, step: stepValue), lateness: lateness), sizeValue,
                settings.path, faults)
        }
        return nil
    }

    private static func checked(
        _ window: WindowSpec, _ size: Int64, _ path: [String], _ faults: FaultCollector
    ) -> WindowSpec? {
        guard size / window.paneSize <= panesMax else {
            faults.report(
                Fault(
                    "window.panes", "a window would have \(size / window.paneSize) panes",
                    hint: "choose lengths with a larger common divisor; at most \(panesMax) panes make a window"),
                at: path)
            return nil
        }
        return window
    }

    private static func positive(_ setting: Settings, _ faults: FaultCollector) -> Int64? {
        guard let length = setting.duration?.microseconds else { return nil }
        guard length > 0, length < lengthMax else {
            faults.report(
                Fault("window.length", "a window's length must be longer than zero and below 1000 years"),
                at: setting.path)
            return nil
        }
        return length
    }
}
