/// What the built-in generator makes.
struct GeneratorSettings: Sendable {
    var seed: UInt64
    var brands: [String]
    /// The event time of the first record, in microseconds.
    var start: Int64
    /// Mentions a second of event time.
    var rate: Int64
    /// The share of records that come twice.
    var duplicates: Double
    /// How far a record may be behind those before it, in microseconds.
    var disorder: Int64
    var crisis: Crisis?

    /// A stretch in which one brand is talked about much more, and badly.
    struct Crisis: Sendable {
        var brand: Int
        /// From the first record on, in microseconds.
        var start: Int64
        var length: Int64
        /// How many times its usual share the brand gets.
        var factor: Double
    }

    /// Whether a record that is made so many microseconds after the first falls into the crisis.
    func isCrisis(_ elapsed: Int64) -> Bool {
        guard let crisis else { return false }
        return crisis.start <= elapsed && elapsed - crisis.start < crisis.length
    }
}

/// Makes records as JSON: the n-th is the same in every run of a seed, whoever asks for it and in whatever order.
protocol RecordGenerator: Sendable {
    /// Appends the n-th record as one JSON object.
    func append(_ number: Int64, to text: inout [UInt8])
}
