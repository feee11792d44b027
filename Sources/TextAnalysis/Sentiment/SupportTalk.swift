/// The talk of support threads, in which words and feelings part: whoever complains is polite, thanks come before the
/// problem is solved, and "I need help" is no opinion.
///
/// The rule, on a score from -1 to 1. A text that says that something has been solved keeps its score. In one that
/// states a problem,
/// 1. politeness does not count: a score above 0 becomes 0 if the text thanks, asks or greets, else it is halved;
/// 2. each different statement of a problem, up to three, costs 0.15.
/// All other texts keep their score; "no problem" states none. Made for English; immutable, and shared by threads.
package struct SupportTalk: Sendable {
    package static let shared = SupportTalk()

    private static let costOfProblem = 0.15
    private static let problemsMax = 3

    private static let problems = [
        "not working", "doesn't work", "doesnt work", "does not work", "isn't working", "isnt working",
        "stopped working", "won't work", "wont work", "won't load", "wont load", "won't open", "won't turn on",
        "can't log in", "cant log in", "cannot log in", "can't login", "cant login", "can't access", "cannot access",
        "locked out", "still waiting", "been waiting", "waiting for", "no response", "no reply", "no answer",
        "not responding", "haven't received", "havent received", "have not received", "didn't receive",
        "didnt receive", "never arrived", "not arrived", "hasn't arrived", "hasnt arrived", "not delivered",
        "still no", "where is my", "where's my", "wheres my", "how long", "on hold", "broken", "faulty", "damaged",
        "defective", "missing", "lost", "delayed", "delay", "cancelled", "canceled", "cancel", "refund", "overcharged",
        "charged twice", "double charged", "wrong item", "wrong order", "error", "issue", "issues", "problem",
        "problems", "outage", "down again", "keeps crashing", "crashes", "crashed", "bug", "complaint", "complain",
        "disconnected", "no signal", "no service", "no internet", "out of order",
    ]
    private static let courtesies = [
        "thanks", "thank you", "thankyou", "thx", "ty", "please", "pls", "plz", "appreciate", "appreciated", "kindly",
        "hi", "hello", "hey", "dear", "good morning", "good afternoon", "good evening", "cheers", "help", "hope",
    ]
    private static let solutions = [
        "resolved", "solved", "fixed", "sorted", "works now", "working now", "working again", "works again",
        "back up", "thanks for the quick", "thank you for the quick", "thanks for your help", "thank you for your help",
        "thanks for helping", "thank you for helping", "thanks for sorting", "thank you for sorting",
        "thanks for fixing", "thank you for fixing", "all good now", "got my refund", "received my refund",
    ]
    /// What takes a solution back.
    private static let denials = [
        "not resolved", "not solved", "not fixed", "not sorted", "isn't fixed", "isn't resolved", "unresolved",
        "never fixed", "never resolved", "to be fixed", "to be resolved", "be sorted", "get this fixed", "get it fixed",
        "get this resolved", "get this sorted", "get it sorted", "still not fixed", "not been resolved",
        "not been solved", "not been fixed", "not been sorted", "hasn't been resolved", "hasn't been solved",
        "hasn't been fixed", "hasn't been sorted", "wasn't resolved", "wasn't solved", "wasn't fixed", "wasn't sorted",
        "isn't solved", "isn't sorted", "never solved", "never sorted",
    ]
    /// What denies a problem.
    private static let reassurances = [
        "no problem", "no problems", "no issue", "no issues", "not a problem", "not an issue", "never a problem",
        "never an issue", "without a problem", "without problems", "without an issue", "without issues",
        "without any problems", "without any issues", "no error", "no errors", "no bugs", "no delay", "no delays",
        "no complaint", "nothing to complain", "can't complain",
    ]

    private let phrases: Watchlist
    private let courtesyStart: Int32
    private let solutionStart: Int32
    private let denialStart: Int32
    private let reassuranceStart: Int32

    private init() {
        let lists = [Self.problems, Self.courtesies, Self.solutions, Self.denials, Self.reassurances]
        // Each phrase is an entry of its own, so that different ones can be counted. Telephones write U+2019 where
        // keyboards write an apostrophe.
        let phrases = Watchlist(
            lists.joined().flatMap { phrase in
                [phrase, String(phrase.map { $0 == "'" ? "\u{2019}" : $0 })].map { (brand: phrase, alias: $0) }
            })
        let starts = lists.map { list in Int32(phrases.brands.firstIndex(of: list[0]) ?? phrases.brands.count) }
        self.phrases = phrases
        (courtesyStart, solutionStart) = (starts[1], starts[2])
        (denialStart, reassuranceStart) = (starts[3], starts[4])
    }

    /// The score of a text in such a thread.
    package func adjusted(
        _ score: Double, _ text: UnsafeBufferPointer<UInt8>, _ scratch: inout WatchlistScratch
    ) -> Double {
        phrases.find(text, into: &scratch)
        var problems = 0
        var isPolite = false
        var isSolved = false
        var isDenied = false
        for phrase in scratch.brands {
            if phrase < courtesyStart {
                problems += 1
            } else if phrase < solutionStart {
                isPolite = true
            } else if phrase < denialStart {
                isSolved = true
            } else if phrase < reassuranceStart {
                isDenied = true
            }
        }
        // A solution that is denied is a problem.
        if isDenied { problems += 1 }
        guard problems > 0, !isSolved || isDenied else { return score }
        let kept = score > 0 ? (isPolite ? 0 : score / 2) : score
        return max(-1, kept - Self.costOfProblem * Double(min(problems, Self.problemsMax)))
    }
}
