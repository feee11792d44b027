import Primitives

/// When the process dies: at a step of a part, or at a point within one where something becomes durable or visible.
final class CrashPlan {
    static let code = "simulation.crash"

    private var remaining: Int?
    /// How often each place has been passed.
    private(set) var visits: [String: Int] = [:]
    /// Die at this visit of this place.
    var target: (place: String, visit: Int)?
    /// Points passed since the simulation began.
    private(set) var passed = 0
    /// Whether visits are counted by place.
    var isCounting = false

    /// - Parameter points: how many more the process lives to pass; `nil`: all.
    func arm(points: Int?) {
        remaining = points
    }

    func pass(_ place: StaticString) throws(Fault) {
        passed += 1
        if isCounting { visits[place.description, default: 0] += 1 }
        if let target, target.place == place.description, visits[target.place] == target.visit {
            self.target = nil
            throw Fault(Self.code, "the process is killed", detail: "\(place)", domain: .internal)
        }
        guard let left = remaining else { return }
        guard left > 0 else {
            remaining = nil
            throw Fault(Self.code, "the process is killed", detail: "\(place)", domain: .internal)
        }
        remaining = left - 1
    }
}
