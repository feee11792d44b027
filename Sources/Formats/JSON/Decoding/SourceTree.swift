/// The values of a record that are wanted, as a tree: built once, then laid out flat by `MemberWalker`.
final class SourceTree {
    /// The members of this value, if it is an object, that are wanted or lead to one that is.
    private(set) var members: [(name: [UInt8], node: SourceTree)] = []
    /// The elements of this value, if it is an array, by position.
    private(set) var elements: [(index: Int, node: SourceTree)] = []
    /// Where the walk notes the value itself; 0 if it is not wanted.
    private(set) var slot = 0
    /// The slots of this value and of everything in it.
    private(set) var slots = 0..<0
    private var isWanted = false

    /// The value at a place below this one, noted as wanted.
    func want(_ steps: ArraySlice<JSONPath.Step>) -> SourceTree {
        let node = steps.reduce(self) { node, step in
            switch step {
            case .member(let name): node.member(Array(name.utf8))
            case .element(let index): node.element(index)
            case .all: preconditionFailure("the elements of an array are a tree of their own")
            }
        }
        node.isWanted = true
        return node
    }

    private func member(_ name: [UInt8]) -> SourceTree {
        if let found = members.first(where: { $0.name == name }) { return found.node }
        members.append((name, SourceTree()))
        return members[members.count - 1].node
    }

    private func element(_ index: Int) -> SourceTree {
        if let found = elements.first(where: { $0.index == index }) { return found.node }
        let node = SourceTree()
        elements.insert((index, node), at: elements.firstIndex { $0.index > index } ?? elements.count)
        return node
    }

    /// Gives every wanted value a slot, so that those within one value lie together.
    func number(from first: Int) -> Int {
        var next = first
        if isWanted {
            slot = next
            next += 1
        }
        for (_, node) in members { next = node.number(from: next) }
        for (_, node) in elements { next = node.number(from: next) }
        slots = first..<next
        return next
    }
}
