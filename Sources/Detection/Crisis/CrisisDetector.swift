import Glibc
import Primitives

/// Watches the posts about one key, minute by minute, for a crisis: a burst of volume against the hour of the week, a
/// shift of the share of negative posts, reach, and posts with the same words.
///
/// Volume is looked at over the last 5, 15 and 60 minutes and judged by the tail of a negative binomial around what
/// the `SeasonalBaseline` expects; mood by the exact tail of a proportion against the share of the last two weeks;
/// reach by the logarithm of followers and engagement a minute. While an incident is open nothing is learnt from the
/// excess, so that a crisis does not become usual. 2 KB of baselines and an hour of minutes a key.
package struct CrisisDetector: Sendable {
    package static let minute: Int64 = 60_000_000
    static let hour: Int64 = 3_600_000_000
    /// The stretches looked at, in minutes.
    static let stretches = [5, 15, 60]
    static let textsKept = 16
    /// Half of the memory of moods and reach.
    static let halfLife: Int64 = 14 * 24 * hour
    /// Never taken for less: real volumes wander about their mean by some tenth in an hour.
    static let overdispersionMin = 0.03
    /// Before a day was seen, the hour of day is unknown, and volumes may be several times another hour's.
    static let overdispersionYoung = 0.5

    var volume = SeasonalBaseline()
    /// How much the posts of a few minutes wander by themselves.
    var short = ShortOverdispersion()
    /// Posts with a known mood and negative ones, fading; both of the same time.
    var scored = 0.0
    var negative = 0.0
    var moodTime = Int64.min
    /// Logarithms of followers and engagement a minute.
    var reach = ExponentialBaseline()
    /// The last hour of minutes, oldest first; those without posts are left out.
    var minutes: [(start: Int64, minute: CrisisMinute)] = []
    /// The hour that is being counted, and its posts so far.
    var openHour = Int64.min
    var hourPosts = 0.0
    /// Whether something was open in the hour, so that of its posts no more than the usual is learnt; or it is the
    /// first, of which only a part was seen and nothing is learnt.
    var isHourDisturbed = false
    var severity = CrisisSeverity.none

    package init() {}

    /// Takes a minute, empty ones too where an answer is wanted for them, in the order of time; says how it stands.
    package mutating func insert(_ minute: CrisisMinute, at start: Int64) -> CrisisEvidence {
        closeHours(until: start)
        var kept = minute
        kept.keepFrequentTexts(Self.textsKept)
        minutes.removeAll { $0.start <= start - Self.hour }
        if minute.posts > 0 { minutes.append((start, kept)) }
        hourPosts += Double(minute.posts)
        // Of an hour of the week that has not been seen nothing is known yet.
        if volume.hoursSeen >= 24 {
            short.insert(minute.posts, at: start) { [volume] time in volume.expected(at: time) / 12 }
        }
        let evidence = evidence(at: start)
        severity = evidence.severity
        if severity > .none { isHourDisturbed = true } else { learn(minute, at: start) }
        return evidence
    }

    /// The evidence of the stretch that speaks loudest, of those that end with a minute.
    package func evidence(at start: Int64) -> CrisisEvidence {
        var loudest = CrisisEvidence()
        for length in Self.stretches {
            let evidence = assess(length, at: start)
            if evidence.score > loudest.score || loudest.minutes == 0
                || (evidence.score == loudest.score && evidence.surprise > loudest.surprise)
            {
                loudest = evidence
            }
        }
        return loudest
    }

    private func assess(_ length: Int, at start: Int64) -> CrisisEvidence {
        var sum = CrisisMinute()
        for (time, minute) in minutes where time > start - Int64(length) * Self.minute { sum.merge(minute) }
        var evidence = CrisisEvidence()
        evidence.minutes = length
        evidence.posts = sum.posts
        evidence.followers = sum.followers
        evidence.engagement = sum.engagement
        guard !volume.isEmpty else { return evidence }
        let share = Double(length) / 60
        evidence.expected =
            max(volume.expected(at: start), volume.expected(at: start - Int64(length) * Self.minute)) * share
        let isYoung = volume.hoursSeen < 24
        let spread = max(
            volume.overdispersion, short.value(minutes: length),
            isYoung ? Self.overdispersionYoung : Self.overdispersionMin)
        evidence.surprise = CountSurprise.ofExcess(
            Double(sum.posts), expected: max(evidence.expected, 0.05), overdispersion: spread)
        let shift = ProportionShift(
            matching: Double(sum.negative), of: Double(sum.scored), usualMatching: negative, of: scored)
        evidence.negativeShare = shift.share
        evidence.usualNegativeShare = shift.usualShare
        // A mood of which little is known shifts by chance.
        evidence.negativeSurprise = scored >= 100 ? shift.surprise : 0
        if reach.weight >= 60 {
            let now = log1p(Double(sum.followers) + Double(sum.engagement)) - log(Double(length))
            evidence.reachRatio = exp(min(50, now - reach.mean))
        }
        let similar = sum.texts.max { ($0.value, $1.key) < ($1.value, $0.key) }
        evidence.similarShare = sum.posts > 0 ? Double(similar?.value ?? 0) / Double(sum.posts) : 0
        evidence.similarText = similar?.key
        return evidence
    }

    private mutating func learn(_ minute: CrisisMinute, at start: Int64) {
        guard minute.posts > 0 else { return }
        if moodTime != .min {
            let left = exp2(-Double(start - moodTime) / Double(Self.halfLife))
            scored *= left
            negative *= left
        }
        moodTime = start
        scored += Double(minute.scored)
        negative += Double(minute.negative)
        let reached = log1p(Double(minute.followers) + Double(minute.engagement))
        reach.insert(reached, at: start, halfLife: Self.halfLife)
    }

    /// Teaches the baseline every hour that has ended, silent ones too.
    private mutating func closeHours(until start: Int64) {
        let current = start.dividedDown(by: Self.hour)
        guard openHour != .min else {
            openHour = current
            isHourDisturbed = true
            return
        }
        while openHour < current {
            let time = openHour * Self.hour
            let usual = volume.expected(at: time)
            if !isHourDisturbed {
                volume.insert(hourPosts, at: time)
            } else if !volume.isEmpty {
                volume.insert(hourPosts, at: time, ceiling: max(usual, 1) * 1.5)
            }
            hourPosts = 0
            isHourDisturbed = severity > .none
            // After a silence of months the weeks before say as much as more silence would.
            openHour = current - openHour > 24 * 7 * 4 ? current - 24 * 7 * 4 : openHour + 1
        }
    }

    /// Posts of the last hour up to a time, in stretches of equal length, oldest first.
    package func recentCounts(_ count: Int, until time: Int64) -> [Double] {
        var counts = Array(repeating: 0.0, count: count)
        let length = Self.hour / Int64(count)
        for (start, minute) in minutes where start <= time && start > time - Self.hour {
            counts[count - 1 - Int((time - start) / length)] += Double(minute.posts)
        }
        return counts
    }

    package var memoryFootprint: Int {
        minutes.reduce(volume.memoryFootprint + minutes.capacity * 80) { $0 + $1.minute.texts.capacity * 24 }
    }
}
