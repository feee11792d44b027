package import Columnar
package import Primitives

/// One table of an operator's state: what its rows look like.
package struct StateTable: Sendable, Hashable {
    /// Unique within the operator; part of what is stored.
    package var name: String
    /// Column 0 is an int64, the hash of the row's key: it decides the key group, and with it the subtask that owns it.
    package var schema: Schema
    /// How many of the first columns say which row it is: of rows that agree in them only the newest counts. 0: every
    /// row stands for itself, and their order means nothing.
    package var keyColumns: Int

    /// The column, of strings, in which rows name files of the `SpillFolder` that they need.
    package static let fileColumn = "file"

    package init(_ name: String, _ schema: Schema, keyColumns: Int = 0) {
        self.name = name
        self.schema = schema
        self.keyColumns = keyColumns
    }
}

/// Rows of one bucket of one table.
package struct StateRows: Sendable {
    package var table: String
    /// When the bucket's event time begins, in microseconds; `notInTime` for what event time does not forget.
    package var bucket: Int64
    /// All selected, of the table's schema; of an older version's when they come back.
    package var rows: RecordBatch

    package static let notInTime = Int64.min

    package init(table: String, bucket: Int64, rows: RecordBatch) {
        self.table = table
        self.bucket = bucket
        self.rows = rows
    }
}

/// What has become of an operator's state within one subtask since the capture before. The bucket is the unit: it grows
/// by rows, is written anew, and is forgotten whole.
package enum StateChange: Sendable {
    /// Rows that the bucket has gained, and rows that replace those of their key.
    case add(StateRows)
    /// All rows of the bucket: those written before no longer count.
    case replace(StateRows)
    /// The bucket is forgotten.
    case drop(table: String, bucket: Int64)
}

/// State that survives a restart. Used from the thread of the subtask that owns it.
package protocol OperatorState: AnyObject {
    var tables: [StateTable] { get }

    /// Hands over what has changed since the last capture, copied: a writer's thread reads it while work goes on.
    /// Nothing of the job is in flight at that moment.
    /// - Parameter whole: everything, as if nothing had been captured before.
    func capture(whole: Bool) -> [StateChange]

    /// Takes back rows that were captured, before any frame comes: those whose keys this subtask owns. Of one bucket
    /// the rows captured last come first; a row whose key has come back already is out of date. What is taken back
    /// counts as captured.
    func restore(_ rows: StateRows) throws(Fault)

    /// Every row has come back; the operator's watermark stands where it stood.
    func resume(at watermark: EventTime) throws(Fault)

    /// Bytes of memory that `spill` can free, about.
    var spillableBytes: Int { get }

    /// Frees memory: what is needed least goes to disk. Less than asked for is freed where there is no more.
    func spill(_ bytes: Int) throws(Fault)
}

extension OperatorState {
    package var spillableBytes: Int { 0 }
    package func spill(_ bytes: Int) throws(Fault) {}
}

/// What decides how an operator's state looks and what it means: facts by name, compared when a file has changed.
package struct StateShape: Sendable, Hashable {
    /// What a changed fact does to the state that is there.
    package enum Change: String, Sendable, Hashable {
        /// It can be read as it is, or be completed.
        case migrate
        /// It says nothing about the new file: the input must be read again.
        case rebuild
    }

    /// One thing that shapes the state, and what its change does.
    package struct Fact: Sendable, Hashable {
        /// `window`, `by`, `column mentions`.
        package var name: String
        /// In canonical text: equal texts mean equal state.
        package var value: String
        package var onChange: Change

        package init(_ name: String, _ value: String, onChange: Change) {
            self.name = name
            self.value = value
            self.onChange = onChange
        }
    }

    /// The operator's kind: `aggregate`.
    package var kind: String
    /// Grows when a new version of Martlet can no longer read what an older one wrote.
    package var version: Int
    package var facts: [Fact]

    package init(kind: String, version: Int = 1, facts: [Fact]) {
        self.kind = kind
        self.version = version
        self.facts = facts
    }
}
