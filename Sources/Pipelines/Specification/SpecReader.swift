import Dataflow
import Primitives

/// Understands the tree of a pipeline file: finds its nodes and types their settings.
struct SpecReader {
    let catalogue: ComponentCatalogue
    let findings: Findings
    private(set) var settings: SettingsReader

    init(catalogue: ComponentCatalogue, findings: Findings) {
        self.catalogue = catalogue
        self.findings = findings
        settings = SettingsReader(findings: findings)
    }

    /// Values that must be hidden.
    var secrets: [String] { settings.secrets }

    mutating func read(_ root: FileNode, baseDirectory: String) -> PipelineSpec? {
        guard let entries = root.map else {
            findings.error(
                "file.type", "a pipeline file is a map, this is \(root.form)",
                hint: "it starts with `pipeline: name`", at: root.place)
            return nil
        }
        var spec = PipelineSpec(name: "", baseDirectory: baseDirectory)
        var misspelt: Set<String> = []
        let known = ["pipeline", "description", "sources", "operators", "sinks", "checkpoint", "resources"]
        for entry in entries {
            switch entry.key {
            case "pipeline": spec.name = pipelineName(entry.value) ?? ""
            case "description":
                if !entry.value.isNull { spec.description = settings.read(entry.value, as: .string)?.string }
            case "sources": spec.sources = nodes(entry, "source").map { source($0) }
            case "operators": spec.operators = nodes(entry, "operator").map { op($0) }
            case "sinks": spec.sinks = nodes(entry, "sink").map { sink($0) }
            case "checkpoint": readCheckpoint(entry.value, into: &spec)
            case "resources": readResources(entry.value, into: &spec)
            // A place for what only anchors refer to.
            case _ where entry.key.hasPrefix("x-"): break
            default: if let meant = settings.reportUnknown(entry, among: known) { misspelt.insert(meant) }
            }
        }
        for (key, hint) in [
            ("pipeline", "for example `pipeline: brand-listening`"),
            ("sources", "name at least one source"), ("sinks", "name at least one sink"),
        ] {
            let entry = root[key]
            let isEmpty = entry.map { $0.value.isNull || $0.value.map?.isEmpty ?? false } ?? true
            if isEmpty, !misspelt.contains(key) {
                findings.error(
                    "file.missing_key", entry == nil ? "the key `\(key)` is missing" : "`\(key)` is empty", hint: hint,
                    at: entry?.keyPlace ?? root.place)
            }
        }
        checkNames(spec)
        return spec
    }

    private mutating func pipelineName(_ node: FileNode) -> String? {
        guard !node.isNull, let name = settings.read(node, as: .string)?.string else { return nil }
        if PipelineShape.isName(name) { return name }
        findings.error(
            "file.name", "`\(node.scalar?.raw ?? "")` is no name for a pipeline",
            hint: "use lowercase letters, digits, `_` and `-`, at most \(PipelineShape.nameLengthMax)", at: node.place)
        return nil
    }

    private func nodes(_ section: FileEntry, _ noun: String) -> [FileEntry] {
        guard let entries = settings.entries(section.value, "a map of \(noun)s by name") else { return [] }
        return entries.filter { entry in
            guard PipelineShape.isName(entry.key) else {
                findings.error(
                    "file.name", "`\(entry.key)` is no name for a node",
                    hint: "use lowercase letters, digits, `_` and `-`, at most \(PipelineShape.nameLengthMax)",
                    at: entry.keyPlace)
                return false
            }
            return true
        }
    }

    private func checkNames(_ spec: PipelineSpec) {
        var seen: Set<String> = Set(ImplicitStream.allCases.map(\.rawValue))
        let names = spec.sources.map(\.name) + spec.operators.map(\.name) + spec.sinks.map(\.name)
        for name in names.sorted(by: { $0.place < $1.place }) where !seen.insert(name.text).inserted {
            if ImplicitStream(rawValue: name.text) != nil {
                findings.error(
                    "graph.reserved_name", "the stream `\(name.text)` is there in every pipeline",
                    hint: "give the node another name", at: name.place)
            } else {
                findings.error(
                    "graph.duplicate_name", "another node has the name `\(name.text)`",
                    hint: "names are unique over sources, operators and sinks", at: name.place)
            }
        }
    }

    private mutating func readCheckpoint(_ node: FileNode, into spec: inout PipelineSpec) {
        let value = settings.read(node, as: .object(PipelineShape.checkpoint))
        guard let interval = value?["interval"]?.duration else { return }
        guard interval >= .milliseconds(100) || interval == .zero else {
            findings.error(
                "file.range", "a commit every \(DurationText.format(interval)) leaves no time for work",
                hint: "write 100ms or more, or 0s for no checkpoints at all; the default is 10s",
                at: node.descend(["interval"]).place)
            return
        }
        spec.checkpointInterval = interval
    }

    private mutating func readResources(_ node: FileNode, into spec: inout PipelineSpec) {
        guard let value = settings.read(node, as: .object(PipelineShape.resources)) else { return }
        spec.memory = value["memory"]?.byteSize
        spec.disk = value["disk"]?.byteSize
        spec.memoryPlace = node["memory"]?.value.place
    }

    // MARK: nodes

    private mutating func source(_ entry: FileEntry) -> SourceSpec {
        var spec = SourceSpec(name: Placed(text: entry.key, place: entry.keyPlace))
        guard let entries = settings.entries(entry.value, "a source: a map with a connector") else { return spec }
        let common = PipelineShape.source
        spec.connector = component(
            entry, entries, beside: common.map(\.name), among: catalogue.sources.map(\.spec), "a connector")
        for inner in entries where !inner.value.isNull {
            switch inner.key {
            case "format": spec.format = format(inner)
            case "schema":
                let path = settings.read(inner.value, as: .path)?.string
                spec.schema = path.map { Placed(text: $0, place: inner.value.place) }
                spec.isSchemaFaulty = path == nil
            case "event_time": readEventTime(inner.value, into: &spec)
            case "on_error":
                let kind = common.first { $0.name == "on_error" }?.kind ?? .string
                let word = settings.read(inner.value, as: kind)?.string
                spec.onError = word.flatMap(RecordFaultPolicy.init) ?? .deadLetter
            default: break
            }
        }
        if entry.value["format"].map(\.value.isNull) ?? true,
            let json = catalogue.format(named: PipelineShape.defaultFormat)
        {
            let node = FileNode(content: .map([]), place: entry.keyPlace, weight: 1)
            spec.format = use(json.spec, node, keyPlace: entry.keyPlace)
        }
        return spec
    }

    private mutating func readEventTime(_ node: FileNode, into spec: inout SourceSpec) {
        let value = settings.read(node, as: .object(PipelineShape.eventTime))
        // The column is looked for in the schema even if its neighbours are wrong.
        if let column = node["column"]?.value, let name = column.scalar?.text, !name.isEmpty {
            spec.eventColumn = Placed(text: name, place: column.place)
        }
        if let delay = value?["delay"]?.duration { spec.delay = delay }
        if let idle = value?["idle"]?.duration { spec.idle = idle }
    }

    /// `format: json` or `format: { json: { … } }`.
    private mutating func format(_ entry: FileEntry) -> ComponentUse? {
        let specs = catalogue.formats.map(\.spec)
        if let scalar = entry.value.scalar {
            if let spec = specs.first(where: { $0.name == scalar.text }) {
                let node = FileNode(content: .map([]), place: entry.value.place, weight: 1)
                return use(spec, node, keyPlace: entry.value.place)
            }
            let names = specs.map(\.name)
            let hint = Spelling.nearest(scalar.text, names).map { "did you mean `\($0)`?" }
            findings.error(
                "file.unknown_format", "no format `\(scalar.raw)`",
                hint: hint ?? "known: \(names.map { "`\($0)`" }.joined(separator: ", "))", at: entry.value.place)
            return nil
        }
        guard let entries = settings.entries(entry.value, "a format's name, or a map of one format") else { return nil }
        return component(entry, entries, beside: [], among: specs, "a format")
    }

    private mutating func op(_ entry: FileEntry) -> OperatorSpec {
        var spec = OperatorSpec(name: Placed(text: entry.key, place: entry.keyPlace), fromPlace: entry.keyPlace)
        guard let entries = settings.entries(entry.value, "an operator: a map with `from`") else { return spec }
        spec.component = component(
            entry, entries, beside: ["from"], among: catalogue.operators.map(\.spec), "an operator")
        spec.fromPlace = entry.value["from"]?.value.place ?? entry.keyPlace
        spec.from = streams(entry, PipelineShape.operatorFrom)
        return spec
    }

    private mutating func sink(_ entry: FileEntry) -> SinkSpec {
        var spec = SinkSpec(name: Placed(text: entry.key, place: entry.keyPlace))
        guard let entries = settings.entries(entry.value, "a sink: a map with `from`") else { return spec }
        spec.component = component(entry, entries, beside: ["from"], among: catalogue.sinks.map(\.spec), "a sink")
        if entry.value["from"]?.value.list != nil {
            findings.error(
                "file.type", "a sink reads one stream, this is a list",
                hint: "write one sink for each, or join the streams in an operator first",
                at: entry.value.descend(["from"]).place)
        } else {
            spec.from = streams(entry, PipelineShape.sinkFrom)
        }
        return spec
    }

    private mutating func streams(_ entry: FileEntry, _ field: FieldSpec) -> [Placed] {
        guard let from = entry.value["from"], !from.value.isNull else {
            findings.error(
                "file.missing_key", "the key `from` is missing", hint: "name the stream it reads: `from: mentions`",
                at: entry.keyPlace)
            return []
        }
        guard settings.read(from.value, as: field.kind) != nil else { return [] }
        let nodes = from.value.list ?? [from.value]
        if nodes.isEmpty {
            findings.error("file.missing_key", "`from` names no stream", hint: "name one", at: from.value.place)
        }
        return nodes.compactMap { node in node.scalar.map { Placed(text: $0.text, place: node.place) } }
    }

    // MARK: components

    /// Finds the one key of a node that names a component.
    private mutating func component(
        _ owner: FileEntry, _ entries: [FileEntry], beside common: [String], among specs: [ComponentSpec],
        _ noun: String
    ) -> ComponentUse? {
        let names = specs.map(\.name)
        var found: ComponentUse?
        var isFaulty = false
        for entry in entries where !common.contains(entry.key) {
            guard let spec = specs.first(where: { $0.name == entry.key }) else {
                settings.reportUnknown(entry, among: common + names)
                isFaulty = true
                continue
            }
            if let found {
                findings.error(
                    "file.several_components", "`\(owner.key)` already has `\(found.name)`",
                    hint: "\(noun) stands alone; make another node for this one", at: entry.keyPlace)
                continue
            }
            found = use(spec, entry.value, keyPlace: entry.keyPlace)
        }
        if found == nil, !isFaulty {
            findings.error(
                "file.missing_component", "`\(owner.key)` has no key that names \(noun)",
                hint: "one of \(names.map { "`\($0)`" }.joined(separator: ", "))", at: owner.keyPlace)
        }
        return found
    }

    private mutating func use(_ spec: ComponentSpec, _ node: FileNode, keyPlace: Place) -> ComponentUse {
        ComponentUse(
            name: spec.name, spec: spec, settings: settings.read(node, as: spec.kind), node: node, keyPlace: keyPlace)
    }
}
