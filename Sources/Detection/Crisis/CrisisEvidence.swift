/// How bad it is.
package enum CrisisSeverity: Int, Sendable, Hashable, Comparable, CaseIterable {
    case none, watch, warning, critical

    package static func < (left: CrisisSeverity, right: CrisisSeverity) -> Bool { left.rawValue < right.rawValue }
}

/// What a verdict about a key at a time rests on.
package struct CrisisEvidence: Sendable, Hashable {
    /// The stretch that speaks loudest, in minutes up to now.
    package var minutes = 0
    /// Posts in it, and how many are usual at this hour of the week.
    package var posts: Int64 = 0
    package var expected = 0.0
    /// −log₁₀ of the probability of so many posts.
    package var surprise = 0.0
    /// The share of negative posts in it, the usual one, and −log₁₀ of the probability of the
    /// difference.
    package var negativeShare = 0.0
    package var usualNegativeShare = 0.0
    package var negativeSurprise = 0.0
    /// Followers reached and engagement, and how many times the usual they are a minute.
    package var followers: Int64 = 0
    package var engagement: Int64 = 0
    package var reachRatio = 0.0
    /// The share of posts with the same words.
    package var similarShare = 0.0
    /// The hash of those words; `nil` if no text is known.
    package var similarText: UInt64?

    package init() {}

    /// How many times the usual volume.
    package var ratio: Double { Double(posts) / max(expected, 0.5) }

    /// 0…10: from here on `CrisisRules` read a severity.
    package var score: Double {
        let size = surprise >= CrisisRules.surpriseSure ? CrisisRules.steps(ratio, [3, 5, 10]) : 0
        let volume = isBurst ? 1 + CrisisRules.steps(surprise, [8, 16, 30]) + size : 0
        let mood =
            isShift ? 1 + CrisisRules.steps(negativeSurprise, [12, 25]) + CrisisRules.steps(negativeShare, [0.6]) : 0
        guard volume + mood > 0 else { return 0 }
        return min(10, volume + mood + CrisisRules.steps(reachRatio, [4, 12]) * 0.5 + (isCopied ? 0.5 : 0))
    }

    package var severity: CrisisSeverity {
        switch score {
        case CrisisRules.critical... where posts >= CrisisRules.criticalPostsMin: .critical
        case CrisisRules.warning... where posts >= CrisisRules.warningPostsMin: .warning
        case CrisisRules.watch...: .watch
        default: .none
        }
    }

    /// More posts than chance and the hour explain.
    package var isBurst: Bool {
        surprise >= CrisisRules.surpriseMin && ratio >= CrisisRules.ratioMin && posts >= CrisisRules.burstPostsMin
    }

    /// More negative posts than chance and the usual mood explain.
    package var isShift: Bool {
        negativeSurprise >= CrisisRules.surpriseOfMoodMin
            && negativeShare - usualNegativeShare >= CrisisRules.negativeRiseMin
            && posts >= CrisisRules.postsMin
    }

    /// Many posts with the same words.
    package var isCopied: Bool { similarShare >= CrisisRules.similarMin && posts >= CrisisRules.postsMin }
}

/// The numbers that the verdict about a crisis turns on; chosen on real arrival streams and generated bursts.
package enum CrisisRules {
    /// Posts in a stretch below which nothing is concluded from their number, and from what they say.
    static let burstPostsMin: Int64 = 5
    package static let postsMin: Int64 = 10
    /// A handful of posts where none are usual is worth a look, a dozen a warning, whatever the odds.
    static let warningPostsMin: Int64 = 10
    static let criticalPostsMin: Int64 = 25
    /// Every minute has several chances to be wrong, most of them the same: 10^−4 is a needless look in some weeks.
    static let surpriseMin = 4.0
    /// From here on chance is out of the question, and how large a burst is counts.
    static let surpriseSure = 6.0
    static let ratioMin = 2.0
    static let surpriseOfMoodMin = 7.5
    static let negativeRiseMin = 0.15
    static let similarMin = 0.4
    static let watch = 1.0
    static let warning = 3.0
    static let critical = 5.0

    /// How many of the ascending limits a value has reached.
    static func steps(_ value: Double, _ limits: [Double]) -> Double {
        Double(limits.count { value >= $0 })
    }
}
