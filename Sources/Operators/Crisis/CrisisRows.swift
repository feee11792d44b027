import Columnar
import Detection

/// The columns that a `crisis` has beyond those of every incident: the evidence of its verdict.
enum CrisisRows {
    static let samplesShown = 3

    static let fields = [
        Field("score", .float64), Field("minutes", .int64), Field("posts", .int64),
        Field("expected", .float64), Field("ratio", .float64), Field("negative_share", .float64),
        Field("usual_negative_share", .float64), Field("followers", .int64), Field("engagement", .int64),
        Field("reach_ratio", .float64), Field("similar_share", .float64), Field("samples", .list(.string)),
    ]

    /// Appends the evidence to the builders of `fields`.
    static func append(_ evidence: CrisisEvidence, samples: [String], to builders: ArraySlice<ColumnBuilder>) {
        let builders = Array(builders)
        builders[0].append(evidence.score)
        builders[1].append(Int64(evidence.minutes))
        builders[2].append(evidence.posts)
        for (index, value) in [
            evidence.expected, evidence.ratio, evidence.negativeShare, evidence.usualNegativeShare,
        ].enumerated() {
            builders[3 + index].append(value)
        }
        builders[7].append(evidence.followers)
        builders[8].append(evidence.engagement)
        builders[9].append(evidence.reachRatio)
        builders[10].append(evidence.similarShare)
        if let elements = builders[11].elements { for text in samples { elements.append(text) } }
        builders[11].appendList()
    }
}
