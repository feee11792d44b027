package import Columnar

/// Where in a record a column's value comes from, if not from under the column's own name.
package struct JSONColumnOrigin: Hashable, Sendable {
    /// The first of these places that has a value gives it; empty for a constant.
    package var places: [JSONPath]
    /// The value of every record, for a string column.
    package var constant: String?
    /// What a number in a timestamp's place counts; `nil`: what the schema says.
    package var timeUnit: FieldDecoding.TimeUnit?
    /// How a text is rewritten.
    package var rewrite: Rewrite?

    /// What is done to a value before the column gets it.
    package enum Rewrite: String, Hashable, Sendable, CaseIterable {
        /// The text that a reader of the HTML sees: no tags, entities decoded, blocks on lines of their own.
        case htmlText = "html_text"
    }

    package init(
        _ places: [JSONPath], constant: String? = nil, timeUnit: FieldDecoding.TimeUnit? = nil, rewrite: Rewrite? = nil
    ) {
        self.places = places
        self.constant = constant
        self.timeUnit = timeUnit
        self.rewrite = rewrite
    }
}
