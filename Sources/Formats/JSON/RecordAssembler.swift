import Columnar
import Primitives

/// Why a JSON value does not fit its column.
struct JSONMismatch: Error {
    var code: String
    var reason: String
}

/// Puts the values of one JSON object after another into the columns of a schema.
///
/// The input side is a tree of the members that are wanted, by the paths of the mapping; the output side is the schema.
/// An object is walked once. Records of a stream are alike, so each node remembers which member stood where in the
/// record before and compares one name instead of searching.
final class RecordAssembler {
    let builders: [ColumnBuilder]
    private let fields: [Field]
    private let root: MemberNode
    private var leaves: [JSONLeaf] = []
    private var outputs: [Output] = []
    /// Grows with every record; a leaf that bears it has its value.
    private var stamp: UInt64 = 0

    private indirect enum Output {
        case leaf(Int)
        case object(ColumnBuilder, path: String, isNullable: Bool, leaves: Range<Int>, [Output])
    }

    /// A leaf without which a record is refused, whatever its column allows.
    private var requiredLeaf: Int?

    /// - Parameters:
    ///   - paths: where in the record a column (by its path) is found, if not under its own name.
    ///   - required: the path of a column that every record must have, whatever its field allows.
    init(_ fields: [Field], paths: [String: [String]] = [:], required: String? = nil) {
        self.fields = fields
        builders = fields.map { ColumnBuilder($0.type, capacity: 4_096) }
        root = MemberNode()
        for (field, builder) in zip(fields, builders) {
            outputs.append(add(field, builder, path: field.name, at: [field.name], paths))
        }
        requiredLeaf = leaves.firstIndex { $0.path == required }
    }

    /// Rows put together so far.
    var count: Int { builders.first?.count ?? 0 }

    /// Appends one row from the object at a position, or leaves no trace of it.
    func append(_ tape: JSONTape, _ object: Int) throws(JSONMismatch) {
        let row = count
        stamp += 1
        do throws(JSONMismatch) {
            try walk(tape, object, root)
            if let requiredLeaf, leaves[requiredLeaf].stamp != stamp {
                throw JSONMismatch(code: "json.missing", reason: "`\(leaves[requiredLeaf].path)` is missing")
            }
            for output in outputs { try finish(output) }
        } catch {
            for builder in builders { builder.truncate(to: row) }
            throw error
        }
    }

    func finishColumns() -> [Column] {
        builders.map { $0.finish() }
    }

    // MARK: Building the trees

    private func add(
        _ field: Field, _ builder: ColumnBuilder, path: String, at place: [String], _ paths: [String: [String]]
    ) -> Output {
        let place = paths[path] ?? place
        if case .struct(let children) = field.type {
            let first = leaves.count
            let outputs = zip(children, builder.members).map { child, member in
                add(child, member, path: "\(path).\(child.name)", at: place + [child.name], paths)
            }
            return .object(
                builder, path: path, isNullable: field.isNullable, leaves: first..<leaves.count, Array(outputs))
        }
        leaves.append(JSONLeaf(field: field, builder: builder, path: path))
        root.descend(place).leaves.append(leaves.count - 1)
        return .leaf(leaves.count - 1)
    }

    // MARK: One record

    private func walk(_ tape: JSONTape, _ object: Int, _ node: MemberNode) throws(JSONMismatch) {
        var position = object + 1
        var index = 0
        while tape.kind(position) != JSONKind.objectEnd {
            let name = tape.string(position)
            position += 1
            if let child = node.member(index, name) {
                for leaf in child.leaves { try put(tape, position, leaf) }
                if child.hasChildren && tape.kind(position) == JSONKind.object { try walk(tape, position, child) }
            }
            index += 1
            position = tape.next(position)
        }
    }

    private func put(_ tape: JSONTape, _ position: Int, _ leaf: Int) throws(JSONMismatch) {
        // Of a name that comes twice, the first counts; null is as good as nothing.
        guard leaves[leaf].stamp != stamp, tape.kind(position) != JSONKind.null else { return }
        try leaves[leaf].append(tape, position)
        leaves[leaf].stamp = stamp
    }

    private func finish(_ output: Output) throws(JSONMismatch) {
        switch output {
        case .leaf(let index):
            if leaves[index].stamp != stamp { try leaves[index].appendMissing() }
        case .object(let builder, _, let isNullable, let range, let members):
            if isNullable && !range.contains(where: { leaves[$0].stamp == stamp }) {
                builder.appendNull()
                return
            }
            for member in members { try finish(member) }
            builder.appendStruct()
        }
    }
}

/// A member of the input that is wanted, or leads to one.
final class MemberNode {
    /// The leaves that take this member's value.
    var leaves: [Int] = []
    private var names: [[UInt8]] = []
    private var children: [MemberNode] = []
    /// By position in the object before: the name that stood there, and its child if it is wanted.
    private var layout: [(name: [UInt8], child: MemberNode?)] = []

    var hasChildren: Bool { !children.isEmpty }

    /// The node at a path below this one, made if need be.
    func descend(_ path: [String]) -> MemberNode {
        path.reduce(self) { node, name in
            let bytes = Array(name.utf8)
            if let index = node.names.firstIndex(of: bytes) { return node.children[index] }
            node.names.append(bytes)
            node.children.append(MemberNode())
            return node.children[node.children.count - 1]
        }
    }

    /// The child for the member with this name, which is the object's `index`-th.
    func member(_ index: Int, _ name: UnsafeBufferPointer<UInt8>) -> MemberNode? {
        if index < layout.count, equal(layout[index].name, name) { return layout[index].child }
        let child = names.firstIndex { equal($0, name) }.map { children[$0] }
        // Objects with more members than this are not worth remembering.
        if index < 256 {
            let entry = (Array(name), child)
            if index < layout.count { layout[index] = entry } else if index == layout.count { layout.append(entry) }
        }
        return child
    }

    @inline(__always)
    private func equal(_ left: [UInt8], _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        left.count == right.count && left.withUnsafeBufferPointer { left in
            for index in 0..<right.count where left[index] != right[index] { return false }
            return true
        }
    }
}
