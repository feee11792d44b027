import Columnar

/// Plans where each column's value is found: from a schema and the mapping to trees of places and steps.
struct RecordPlan {
    /// The trees to walk: the record, then the elements of lists of objects.
    private(set) var trees = [SourceTree()]
    private(set) var steps: [ColumnStep] = []
    private(set) var texts: [ColumnStepText] = []
    private(set) var slotCount = 1
    /// The slots of the record itself.
    private(set) var recordSlots = 1..<1

    private let origins: [String: JSONColumnOrigin]
    private let eventTime: String?
    /// The places of each step, to be turned into slots once all are known.
    private var places: [[SourceTree]] = []
    /// The tree of each step's elements, by position in `trees`.
    private var elementTrees: [Int: Int] = [:]

    /// - Parameters:
    ///   - origins: by the path of a column.
    ///   - eventTime: the path of the column that holds the event time, if one of the columns does.
    init(_ fields: [Field], _ builders: [ColumnBuilder], origins: [String: JSONColumnOrigin], eventTime: String?) {
        self.origins = origins
        self.eventTime = eventTime
        add(fields, builders, prefix: "", base: [], tree: 0)
        for (index, tree) in trees.enumerated() {
            let end = tree.number(from: slotCount)
            if index == 0 { recordSlots = slotCount..<end }
            slotCount = end
        }
        for index in steps.indices {
            let slots = places[index].map(\.slot)
            steps[index].slot = slots.first ?? 0
            steps[index].hasAlternatives = slots.count > 1
            texts[index].alternatives = Array(slots.dropFirst())
            if let tree = elementTrees[index] {
                steps[index].node = tree
                steps[index].nodeSlots = trees[tree].slots
            }
        }
    }

    /// Adds fields that lie beside each other in the steps, and then what they hold.
    private mutating func add(
        _ fields: [Field], _ builders: [ColumnBuilder], prefix: String, base: [JSONPath.Step], tree: Int
    ) {
        let first = steps.count
        for (field, builder) in zip(fields, builders) {
            steps.append(ColumnStep(Self.kind(field.type), builder))
            texts.append(ColumnStepText(path: prefix + field.name, defaultValue: field.decoding.defaultValue))
            places.append([])
        }
        for (offset, (field, builder)) in zip(fields, builders).enumerated() {
            fill(first + offset, field, builder, base: base, tree: tree)
        }
    }

    private mutating func fill(_ step: Int, _ field: Field, _ builder: ColumnBuilder, base: [JSONPath.Step], tree: Int)
    {
        let path = texts[step].path
        // Elements of lists are found under their own names; the mapping names columns.
        let origin = tree == 0 ? origins[path] : nil
        steps[step].isNullable = field.isNullable
        steps[step].isEventTime = tree == 0 && path == eventTime
        steps[step].timeScale = (origin?.timeUnit ?? field.decoding.timeUnit).rawValue
        if let origin, field.type == .string { steps[step].kind = origin.rewrite == nil ? .stringOrNumber : .html }
        if let constant = origin?.constant { texts[step].defaultValue = .string(constant) }
        let ownPlaces = origin?.places.map(\.steps) ?? [base + [.member(field.name)]]
        switch field.type {
        case .struct(let members):
            // An object has no place of its own where some of its members come from elsewhere.
            let isScattered = tree == 0 && origins.keys.contains { $0.hasPrefix(path + ".") }
            if !isScattered { places[step] = ownPlaces.map { trees[tree].want($0[...]) } }
            steps[step].children = steps.count..<(steps.count + members.count)
            add(
                members, builder.members, prefix: path + ".", base: ownPlaces.first ?? [.member(field.name)],
                tree: tree)
        case .list(let element):
            var inner: [JSONPath.Step] = []
            for steps in ownPlaces {
                let all = steps.firstIndex(of: .all) ?? steps.endIndex
                places[step].append(trees[tree].want(steps[..<all]))
                if all < steps.endIndex { inner = Array(steps[(all + 1)...]) }
            }
            addElement(of: step, element, builder, inner: inner, isConverted: origin != nil)
        default:
            places[step] = ownPlaces.map { trees[tree].want($0[...]) }
        }
    }

    private mutating func addElement(
        of list: Int, _ element: DataType, _ builder: ColumnBuilder, inner: [JSONPath.Step], isConverted: Bool
    ) {
        guard let elements = builder.elements else { return }
        let step = steps.count
        steps[list].children = step..<(step + 1)
        var own = ColumnStep(Self.kind(element), elements)
        if isConverted && element == .string { own.kind = .stringOrNumber }
        own.timeScale = steps[list].timeScale
        steps.append(own)
        texts.append(ColumnStepText(path: "", defaultValue: nil))
        places.append([])
        if case .struct(let members) = element {
            trees.append(SourceTree())
            elementTrees[step] = trees.count - 1
            steps[step].children = steps.count..<(steps.count + members.count)
            add(members, elements.members, prefix: ".", base: inner, tree: trees.count - 1)
        } else if !inner.isEmpty {
            trees.append(SourceTree())
            elementTrees[step] = trees.count - 1
            places[step] = [trees[trees.count - 1].want(inner[...])]
        } else if case .list(let innermost) = element {
            addElement(of: step, innermost, elements, inner: [], isConverted: isConverted)
        }
    }

    private static func kind(_ type: DataType) -> ColumnStep.Kind {
        switch type {
        case .bool: .bool
        case .int64: .int64
        case .float64: .float64
        case .string: .string
        case .bytes: .bytes
        case .timestamp: .timestamp
        case .list: .list
        case .struct: .object
        }
    }
}
