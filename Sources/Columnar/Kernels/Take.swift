extension Column {
    /// The rows of a selection, copied together in its order.
    package func take(_ selection: SelectionVector) -> Column {
        take(selection.rows)
    }

    /// The rows at the given positions, in any order and as often as they are named.
    package func take(_ rows: UnsafeBufferPointer<UInt32>) -> Column {
        let validity = self.validity.map { source in Bitmap(count: rows.count) { source[Int(rows[$0])] } }
        switch self {
        case .bool(let column):
            let bits = Bitmap(count: rows.count) { column.bits[Int(rows[$0])] }
            return .bool(BoolColumn(count: rows.count, bits: bits, validity: validity))
        case .int64(let column):
            return .int64(
                Int64Column(count: rows.count, owner: gather(column.values, rows), validity: validity))
        case .timestamp(let column):
            return .timestamp(
                Int64Column(count: rows.count, owner: gather(column.values, rows), validity: validity))
        case .float64(let column):
            return .float64(
                Float64Column(count: rows.count, owner: gather(column.values, rows), validity: validity))
        case .string(let column): return .string(column.gathered(rows, validity))
        case .bytes(let column): return .bytes(column.gathered(rows, validity))
        case .list(let column): return .list(column.gathered(rows, validity))
        case .struct(let column):
            return .struct(
                StructColumn(
                    count: rows.count, fields: column.fields, children: column.children.map { $0.take(rows) },
                    validity: validity))
        }
    }

    /// The same column with further rows null: those that `outer` does not have.
    func masked(by outer: Bitmap) -> Column {
        let own = validity
        let both = own.map { own in Bitmap(count: count) { own[$0] && outer[$0] } } ?? outer
        switch self {
        case .bool(let column): return .bool(BoolColumn(count: count, bits: column.bits, validity: both))
        case .int64(let column): return .int64(Int64Column(count: count, owner: column.owner, validity: both))
        case .timestamp(let column):
            return .timestamp(Int64Column(count: count, owner: column.owner, validity: both))
        case .float64(let column): return .float64(Float64Column(count: count, owner: column.owner, validity: both))
        case .string(let column): return .string(column.with(validity: both))
        case .bytes(let column): return .bytes(column.with(validity: both))
        case .list(let column):
            return .list(
                ListColumn(
                    count: count, offsets: column.offsetOwner, elements: column.elements, validity: both))
        case .struct(let column):
            return .struct(
                StructColumn(count: count, fields: column.fields, children: column.children, validity: both))
        }
    }
}

private func gather<Element: BitwiseCopyable>(
    _ values: UnsafePointer<Element>, _ rows: UnsafeBufferPointer<UInt32>
) -> AlignedBuffer {
    let owner = AlignedBuffer(capacity: rows.count * MemoryLayout<Element>.stride)
    let target = owner.base.assumingMemoryBound(to: Element.self)
    for index in 0..<rows.count { target[index] = values[Int(rows[index])] }
    return owner
}

extension BytesColumn {
    fileprivate func with(validity: Bitmap?) -> BytesColumn {
        BytesColumn(count: count, offsets: offsetOwner, bytes: byteOwner, validity: validity)
    }

    fileprivate func gathered(_ rows: UnsafeBufferPointer<UInt32>, _ validity: Bitmap?) -> BytesColumn {
        let offsetOwner = AlignedBuffer(capacity: (rows.count + 1) * 4)
        let offsets = offsetOwner.base.assumingMemoryBound(to: Int32.self)
        var end: Int32 = 0
        offsets[0] = 0
        for index in 0..<rows.count {
            let row = Int(rows[index])
            end += self.offsets[row + 1] - self.offsets[row]
            offsets[index + 1] = end
        }
        let byteOwner = AlignedBuffer(capacity: Int(end))
        for index in 0..<rows.count {
            let value = self[Int(rows[index])]
            guard let source = value.baseAddress else { continue }
            (byteOwner.base + Int(offsets[index])).copyMemory(from: source, byteCount: value.count)
        }
        return BytesColumn(count: rows.count, offsets: offsetOwner, bytes: byteOwner, validity: validity)
    }
}

extension ListColumn {
    fileprivate func gathered(_ rows: UnsafeBufferPointer<UInt32>, _ validity: Bitmap?) -> ListColumn {
        let offsetOwner = AlignedBuffer(capacity: (rows.count + 1) * 4)
        let offsets = offsetOwner.base.assumingMemoryBound(to: Int32.self)
        var positions: [UInt32] = []
        offsets[0] = 0
        for index in 0..<rows.count {
            for position in self[Int(rows[index])] { positions.append(UInt32(truncatingIfNeeded: position)) }
            offsets[index + 1] = Int32(truncatingIfNeeded: positions.count)
        }
        let elements = positions.withUnsafeBufferPointer { self.elements.take($0) }
        return ListColumn(count: rows.count, offsets: offsetOwner, elements: elements, validity: validity)
    }
}
