import Columnar
import Primitives

/// How one column (or member, or element) takes its value from the record, laid out flat for the hot loop.
struct ColumnStep {
    enum Kind: UInt8 {
        case bool, int64, float64, string, bytes, timestamp, list, object
        /// A string column that takes whole numbers too, in decimal.
        case stringOrNumber
        /// A string column whose text is HTML.
        case html
    }

    var kind: Kind
    /// Owned by the assembler, which outlives the step.
    let builder: Unmanaged<ColumnBuilder>
    /// Where the walk notes the value; 0: no place of its own.
    var slot = 0
    /// Whether other places are looked at if the first has no value.
    var hasAlternatives = false
    var isNullable = false
    /// Whether the value is the record's event time as well.
    var isEventTime = false
    /// Microseconds that a number in a timestamp's place counts.
    var timeScale: Int64 = 1
    /// An object's members, a list's one element, by position among the steps.
    var children = 0..<0
    /// The node and slots of a list's elements, or of the element's wanted member; −1: elements are values.
    var node = -1
    var nodeSlots = 0..<0

    init(_ kind: Kind, _ builder: ColumnBuilder) {
        self.kind = kind
        self.builder = Unmanaged.passUnretained(builder)
    }
}

/// What a step needs only when something is absent or wrong.
struct ColumnStepText {
    /// As messages name the column; relative to the element within a list.
    var path: String
    /// The value of a record that says nothing here.
    var defaultValue: FieldDecoding.Default?
    /// Further slots, tried in order.
    var alternatives: [Int] = []
}
