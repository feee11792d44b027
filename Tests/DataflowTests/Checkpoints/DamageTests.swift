import Foundation
import Primitives
import Testing

@testable import Dataflow

@Suite("A damaged state folder never gives wrong rows")
struct DamageTests {
    @Test("every length to which a file may be cut")
    func truncation() throws {
        let trial = try MutationTrial(seed: 7, commits: 6, rowsMost: 4)
        for (path, count) in trial.files {
            for length in 0..<count {
                let outcome = trial.truncated(path, to: length)
                #expect(outcome != .silentlyWrong, "\(path) cut to \(length)")
                if path.contains("-6") { #expect(outcome == .before, "\(path) cut to \(length)") }
            }
        }
    }

    @Test("a flipped bit in any byte costs one checkpoint at most")
    func flips() throws {
        let trial = try MutationTrial(seed: 8, commits: 6, rowsMost: 4)
        for (path, count) in trial.files {
            for place in 0..<count {
                let outcome = trial.flipped(path, at: place)
                #expect(outcome != .silentlyWrong, "\(path) at \(place)")
                // Of what the newest checkpoint shares with none.
                if path.contains("-6") { #expect(outcome == .before, "\(path) at \(place)") }
            }
        }
    }

    /// `MARTLET_MUTATIONS` and `MARTLET_SEED` ask for more of them, and others.
    @Test("random damage: flips, holes, foreign bytes, cuts, swapped and missing files")
    func mutations() throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["MARTLET_MUTATIONS"].flatMap { Int($0) } ?? 1_500
        let seed = environment["MARTLET_SEED"].flatMap { UInt64($0) } ?? 1
        var outcomes: [MutationTrial.Outcome: Int] = [:]
        var random = RandomSource(seed: seed)
        var trial = try MutationTrial(seed: seed)
        for index in 0..<count {
            // Another folder now and then.
            if index % 500 == 499 { trial = try MutationTrial(seed: random.next()) }
            let state = random
            let outcome = trial.mutated(&random)
            outcomes[outcome, default: 0] += 1
            #expect(outcome != .silentlyWrong, "mutation \(index) of seed \(seed): \(state)")
        }
        let text = MutationTrial.Outcome.allCases.map { "\($0.rawValue) \(outcomes[$0] ?? 0)" }
        print("mutations: \(count), seed \(seed): " + text.joined(separator: ", "))
        #expect(outcomes[.exact] ?? 0 > 0 && outcomes[.before] ?? 0 > 0)
    }
}
