package import Columnar

/// How the values of a column travel to Postgres in its binary format, and the type that takes them as they are.
///
/// Layouts are those of the types' receive functions in PostgreSQL 15 (`boolrecv`, `int8recv`, `float8recv`,
/// `textrecv`, `bytearecv`, `timestamptz_recv`, `jsonb_recv`, `array_recv`).
package indirect enum WireType: Hashable, Sendable {
    case bool
    case int8
    case float8
    case text
    case bytea
    case timestamptz
    case jsonb
    /// A one-dimensional array of a plain type.
    case array(WireType)

    /// What a column gets in a table that Martlet makes.
    package init(_ type: DataType) {
        switch type {
        case .bool: self = .bool
        case .int64: self = .int8
        case .float64: self = .float8
        case .string: self = .text
        case .bytes: self = .bytea
        case .timestamp: self = .timestamptz
        case .list(let element):
            switch element {
            case .list, .struct: self = .jsonb
            default: self = .array(WireType(element))
            }
        case .struct: self = .jsonb
        }
    }

    /// The type's name in SQL.
    package var name: String {
        switch self {
        case .bool: "boolean"
        case .int8: "bigint"
        case .float8: "double precision"
        case .text: "text"
        case .bytea: "bytea"
        case .timestamptz: "timestamp with time zone"
        case .jsonb: "jsonb"
        case .array(let element): element.name + "[]"
        }
    }

    /// The type's number in the catalog, fixed for built-in types (`pg_type.dat`).
    var oid: UInt32 {
        switch self {
        case .bool: 16
        case .bytea: 17
        case .int8: 20
        case .text: 25
        case .float8: 701
        case .timestamptz: 1184
        case .jsonb: 3802
        case .array(let element):
            switch element {
            case .bool: 1000
            case .bytea: 1001
            case .int8: 1016
            case .text: 1009
            case .float8: 1022
            case .timestamptz: 1185
            case .jsonb, .array: 3807
            }
        }
    }
}

/// What the server's catalog says of a column's type.
package struct CatalogType: Hashable, Sendable {
    /// As the server writes it: `character varying(20)`.
    package var name: String
    package var oid: UInt32
    /// For a domain, the type below it.
    package var baseOID: UInt32
    /// Length, precision or −1.
    package var modifier: Int

    package init(name: String, oid: UInt32, baseOID: UInt32, modifier: Int) {
        self.name = name
        self.oid = oid
        self.baseOID = baseOID
        self.modifier = modifier
    }

    /// How values of a stream's column travel to a column of this type; `nil` if it does not fit.
    ///
    /// Besides the type that Martlet itself would make, it accepts those that hold every value exactly or refuse it:
    /// `smallint`, `integer` and `numeric` for whole numbers, `varchar` for text, `json` and `jsonb` for lists and
    /// structs, and domains over any of these. It refuses what would silently change a value: `real` and `numeric`
    /// for floats, `timestamp` without time zone, times with fewer than six digits of a second, `char(n)`.
    package func wireType(for type: DataType) -> WireType? {
        let own = WireType(type)
        if baseOID == own.oid {
            if case .timestamptz = own, (0...5).contains(modifier) { return nil }
            if case .array(.timestamptz) = own, (0...5).contains(modifier) { return nil }
            return own
        }
        switch type {
        // int2, int4, numeric
        case .int64: return [21, 23, 1700].contains(baseOID) ? .int8 : nil
        // varchar
        case .string: return baseOID == 1043 ? .text : nil
        // jsonb, json
        case .list, .struct: return [3802, 114].contains(baseOID) ? .jsonb : nil
        default: return nil
        }
    }

    /// Whether a COPY of a wire type can go straight into a column of this type.
    func takes(_ wire: WireType) -> Bool { oid == wire.oid }

    /// `json` cannot be compared.
    var isComparable: Bool { baseOID != 114 }
}
