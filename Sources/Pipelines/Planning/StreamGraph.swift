import Primitives

/// Who reads whom: resolves `from:`, finds cycles and unused streams, and orders the operators.
struct StreamGraph {
    /// Positions in the spec's operators: each after all operators it reads. Those in a cycle, or behind one, are
    /// missing.
    private(set) var operatorOrder: [Int] = []

    init(_ spec: PipelineSpec, _ findings: Findings) {
        let sources = Set(spec.sources.map(\.name.text))
        // A name that two nodes have (a fault by itself) means the source, or the first operator.
        let operators = Self.positions(spec.operators.map(\.name.text)).filter { !sources.contains($0.key) }
        let sinks = Set(spec.sinks.map(\.name.text))
        let streams = spec.sources.map(\.name.text) + spec.operators.map(\.name.text)
        let implicit = ImplicitStream.allCases.map(\.rawValue)
        var used: Set<String> = []

        func check(_ stream: Placed, of reader: String, isSink: Bool) {
            used.insert(stream.text)
            if sources.contains(stream.text) || operators[stream.text] != nil { return }
            if implicit.contains(stream.text) {
                if isSink { return }
                findings.error(
                    "graph.implicit_stream", "an operator cannot read `\(stream.text)`",
                    hint: "a row that it refused would come back to it; only sinks read this stream", at: stream.place)
                return
            }
            if sinks.contains(stream.text) {
                findings.error(
                    "graph.unknown_stream", "`\(stream.text)` is a sink, nothing comes out of it",
                    hint: "name a source or an operator", at: stream.place)
                return
            }
            let candidates = streams.filter { $0 != reader } + (isSink ? implicit : [])
            let hint = Spelling.nearest(stream.text, candidates).map { "did you mean `\($0)`?" }
            let listed = candidates.map { "`\($0)`" }.joined(separator: ", ")
            findings.error(
                "graph.unknown_stream", "no stream has the name `\(stream.text)`",
                hint: hint ?? "streams are: \(listed)", at: stream.place)
        }

        for node in spec.operators {
            for stream in node.from { check(stream, of: node.name.text, isSink: false) }
        }
        for node in spec.sinks {
            for stream in node.from { check(stream, of: node.name.text, isSink: true) }
        }
        for name in spec.sources.map(\.name) + spec.operators.map(\.name) where !used.contains(name.text) {
            findings.warning(
                "graph.unused", "nothing reads `\(name.text)`", hint: "remove it, or name it in a `from:`",
                at: name.place)
        }
        order(spec, operators, findings)
    }

    private static func positions(_ names: [String]) -> [String: Int] {
        Dictionary(names.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    private enum Mark { case new, open, ordered, broken }

    /// Depth first, in the order of the file. An explicit stack: a chain may be as long as the file allows.
    private mutating func order(_ spec: PipelineSpec, _ operators: [String: Int], _ findings: Findings) {
        var marks = [Mark](repeating: .new, count: spec.operators.count)
        for root in spec.operators.indices where marks[root] == .new {
            var path: [(position: Int, nextInput: Int)] = [(root, 0)]
            marks[root] = .open
            while let (position, nextInput) = path.last {
                let inputs = spec.operators[position].from
                if nextInput == inputs.count {
                    path.removeLast()
                    if marks[position] == .open {
                        marks[position] = .ordered
                        operatorOrder.append(position)
                    } else if let reader = path.last?.position {
                        marks[reader] = .broken
                    }
                    continue
                }
                path[path.count - 1].nextInput += 1
                guard let input = operators[inputs[nextInput].text] else { continue }
                switch marks[input] {
                case .ordered: break
                case .new:
                    marks[input] = .open
                    path.append((input, 0))
                case .open, .broken:
                    // A broken one that is still on the path closes another cycle.
                    if let start = path.firstIndex(where: { $0.position == input }) {
                        let names = path[start...].map { spec.operators[$0.position].name.text }
                        reportCycle(names, at: inputs[nextInput].place, findings)
                    }
                    marks[position] = .broken
                }
            }
        }
    }

    private func reportCycle(_ names: [String], at place: Place, _ findings: Findings) {
        // The path goes from reader to input; rows flow the other way.
        var flow = Array(names.reversed())
        flow.append(flow[0])
        findings.error(
            "graph.cycle", "rows would go round: \(flow.joined(separator: " → "))", hint: "cut one of the arrows",
            at: place)
    }
}
