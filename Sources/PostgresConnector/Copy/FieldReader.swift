import Columnar

/// A column's raw memory, so that a row can be read without touching a reference count.
///
/// It borrows: the batch that it was made from must live.
struct FieldReader: BitwiseCopyable {
    enum Kind: UInt8 {
        case bool
        /// Numbers of 64 bits, whole ones and floats alike.
        case number
        /// Microseconds since 1970.
        case timestamp
        case float
        case bytes
        /// Lists and structs, and whatever travels as JSON: read through the column itself.
        case nested
    }

    let kind: Kind
    private let values: UnsafeRawPointer?
    private let offsets: UnsafePointer<Int32>?
    private let validity: UnsafePointer<UInt64>?

    init(_ column: Column, wire: WireType) {
        validity = column.validity?.words.pointer
        switch (column, wire) {
        case (.bool(let column), .bool):
            (kind, values, offsets) = (.bool, UnsafeRawPointer(column.bits.words.pointer), nil)
        case (.int64(let column), .int8): (kind, values, offsets) = (.number, UnsafeRawPointer(column.values), nil)
        case (.timestamp(let column), .timestamptz):
            (kind, values, offsets) = (.timestamp, UnsafeRawPointer(column.values), nil)
        case (.float64(let column), .float8): (kind, values, offsets) = (.float, UnsafeRawPointer(column.values), nil)
        case (.string(let column), .text), (.bytes(let column), .bytea):
            (kind, values, offsets) = (.bytes, UnsafeRawPointer(column.bytes), column.offsets)
        default: (kind, values, offsets) = (.nested, nil, nil)
        }
    }

    @inline(__always)
    func isValid(_ row: Int) -> Bool {
        guard let validity else { return true }
        return validity[row >> 6] >> UInt64(row & 63) & 1 != 0
    }

    @inline(__always)
    func bool(_ row: Int) -> Bool {
        guard let values else { return false }
        return values.load(fromByteOffset: (row >> 6) * 8, as: UInt64.self) >> UInt64(row & 63) & 1 != 0
    }

    /// The 64 bits of a number, timestamp or float.
    @inline(__always)
    func bits(_ row: Int) -> UInt64 {
        values?.load(fromByteOffset: row * 8, as: UInt64.self) ?? 0
    }

    @inline(__always)
    func bytes(_ row: Int) -> UnsafeRawBufferPointer {
        guard let values, let offsets else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let start = Int(offsets[row])
        return UnsafeRawBufferPointer(start: values + start, count: Int(offsets[row + 1]) - start)
    }
}

/// Times as Postgres counts them: microseconds since 2000-01-01 00:00 UTC.
enum PostgresTime {
    /// 10,957 days from 1970 to 2000.
    static let epoch: Int64 = 946_684_800_000_000
    /// 4714-11-24 BC, the first that the server takes (`MIN_TIMESTAMP` of its `timestamp.h`). Its last, in the year
    /// 294276, lies after everything that 64 bits of microseconds since 1970 can say.
    static let first: Int64 = -211_813_488_000_000_000

    /// `nil` if the server has no such time.
    @inline(__always)
    static func fromUnix(_ microseconds: Int64) -> Int64? {
        let (shifted, overflow) = microseconds.subtractingReportingOverflow(epoch)
        return overflow || shifted < first ? nil : shifted
    }
}
