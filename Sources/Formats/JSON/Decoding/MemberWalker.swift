/// Walks over the objects of a record once and notes where on the tape the wanted values lie.
///
/// Records of a stream are alike: each object remembers which key stood at which position in the one before, so that
/// nearly every key is compared with one other and nothing is searched. Of a key that comes twice, the last counts,
/// with all that is in it, as in most JSON libraries. Never deeper than the wanted paths, whatever the record nests.
struct MemberWalker: ~Copyable {
    /// Where each wanted value starts on the tape; 0: nowhere. Slot 0 is never set.
    let found: UnsafeMutablePointer<Int>
    private let slotCount: Int
    private let nodes: UnsafeMutablePointer<WalkNode>
    private let nodeCount: Int
    private let stamp: UnsafeMutablePointer<UInt64>

    /// Lays out trees whose slots are numbered. The node of a tree is its position among them.
    init(_ trees: [SourceTree], slotCount: Int) {
        self.slotCount = slotCount
        found = .allocate(capacity: slotCount)
        found.initialize(repeating: 0, count: slotCount)
        stamp = .allocate(capacity: 1)
        stamp.initialize(to: 0)
        // Breadth first: the trees given come first, each node's members point behind.
        var queue = trees.map { ($0, isArray: false) }
        var laidOut: [WalkNode] = []
        var index = 0
        while index < queue.count {
            let (tree, isArray) = queue[index]
            index += 1
            let children: [(key: [UInt8], index: Int, node: SourceTree)] =
                isArray ? tree.elements.map { ([], $0.index, $0.node) } : tree.members.map { ($0.name, 0, $0.node) }
            laidOut.append(
                WalkNode(
                    children.map { key, index, node in
                        var member = WalkMember(key: key, index: index, slot: node.slot, slots: node.slots)
                        if !node.members.isEmpty {
                            member.objectNode = queue.count
                            queue.append((node, false))
                        }
                        if !node.elements.isEmpty {
                            member.arrayNode = queue.count
                            queue.append((node, true))
                        }
                        return member
                    }))
        }
        nodeCount = laidOut.count
        nodes = .allocate(capacity: nodeCount)
        for (index, node) in laidOut.enumerated() { (nodes + index).initialize(to: node) }
    }

    deinit {
        for index in 0..<nodeCount { nodes[index].deallocate() }
        nodes.deallocate()
        found.deallocate()
        stamp.deallocate()
    }

    /// Notes the wanted values of the object at a position, `slots` being those of the node.
    @inline(__always)
    func walk(_ tape: JSONTape, _ object: Int, node: Int, slots: Range<Int>) {
        (found + slots.lowerBound).update(repeating: 0, count: slots.count)
        stamp.pointee += 1
        walkObject(tape, object, node)
    }

    private func walkObject(_ tape: JSONTape, _ object: Int, _ node: Int) {
        let node = nodes + node
        let layout = node.pointee.layout
        var position = object + 1
        var index = 0
        while true {
            let word = tape.words[position]
            guard word >> 56 == UInt64(JSONKind.string) else { return }
            let key = UnsafeRawPointer(tape.strings + Int(word & JSONTape.payloadMask))
            position += 1
            let member =
                index < KeyLayout.count && layout[index].matches(key)
                ? Int(layout[index].member) : node.pointee.search(key, at: index)
            if member >= 0 { note(tape, position, node.pointee.members + member) }
            index += 1
            position = tape.next(position)
        }
    }

    private func walkArray(_ tape: JSONTape, _ array: Int, _ node: Int) {
        let node = nodes + node
        var position = array + 1
        var index = 0
        for wanted in 0..<node.pointee.memberCount {
            let member = node.pointee.members + wanted
            while index < member.pointee.index, tape.kind(position) != JSONKind.arrayEnd {
                position = tape.next(position)
                index += 1
            }
            guard tape.kind(position) != JSONKind.arrayEnd else { return }
            note(tape, position, member)
        }
    }

    @inline(__always)
    private func note(_ tape: JSONTape, _ position: Int, _ member: UnsafeMutablePointer<WalkMember>) {
        if member.pointee.isLeaf {
            found[member.pointee.slot] = position
            return
        }
        noteInner(tape, position, member)
    }

    private func noteInner(_ tape: JSONTape, _ position: Int, _ member: UnsafeMutablePointer<WalkMember>) {
        if member.pointee.stamp == stamp.pointee {
            // The key came before: what it held then no longer counts.
            let slots = member.pointee.slots
            (found + slots.lowerBound).update(repeating: 0, count: slots.count)
        }
        member.pointee.stamp = stamp.pointee
        if member.pointee.slot != 0 { found[member.pointee.slot] = position }
        switch tape.kind(position) {
        case JSONKind.object:
            if member.pointee.objectNode >= 0 { walkObject(tape, position, member.pointee.objectNode) }
        case JSONKind.array:
            if member.pointee.arrayNode >= 0 { walkArray(tape, position, member.pointee.arrayNode) }
        default: break
        }
    }
}
