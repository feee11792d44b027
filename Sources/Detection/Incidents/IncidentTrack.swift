/// The life of one key's incidents: opens after a while, is told of again while it lasts, gets worse, is over after a
/// while of quiet.
///
/// It goes by the times of what is observed and by nothing else, so the same observations give the same transitions at
/// the same times whenever they come: a replay tells nothing new. A pure value; 100 bytes a key.
package struct IncidentTrack: Sendable, Hashable {
    /// Where in its life it is.
    package enum Phase: Sendable, Hashable {
        case idle
        /// The condition holds, but not for long enough yet.
        case pending(Incident)
        case open(Incident)
        /// An incident is over; until a time only one above its level opens another.
        case cooling(until: Int64, level: Int)
    }

    package private(set) var phase: Phase

    package init(_ phase: Phase = .idle) {
        self.phase = phase
    }

    /// Whether something can be told of it without another observation.
    package var isOpen: Bool {
        if case .open = phase { true } else { false }
    }

    /// Whether the condition holds, but not for long enough yet.
    package var isPending: Bool {
        if case .pending = phase { true } else { false }
    }

    /// When the condition was last seen to hold; `nil` where there is no incident.
    package var lastHeld: Int64? {
        switch phase {
        case .pending(let incident), .open(let incident): incident.lastHeld
        case .idle, .cooling: nil
        }
    }

    /// Whether an incident is open, or about to be.
    package var isActive: Bool {
        switch phase {
        case .pending, .open: true
        case .idle, .cooling: false
        }
    }

    package var isIdle: Bool { phase == .idle }

    /// What is known of the incident, if one is open.
    package var incident: Incident? {
        if case .open(let incident) = phase { incident } else { nil }
    }

    /// Takes what is observed at a time, in the order of time.
    /// - Parameters:
    ///   - level: how bad it is; 0: the condition does not hold.
    ///   - isKept: with level 0, whether it is still too bad for an open incident to be over (hysteresis).
    ///   - holdsElsewhere: where several share an incident: whether the condition holds for another of them.
    /// - Returns: what is to be told, in order.
    package mutating func observe(
        level: Int, isKept: Bool = false, holdsElsewhere: Bool = false, at time: Int64, _ policy: IncidentPolicy
    ) -> [IncidentTransition] {
        var told = advance(to: time, policy)
        switch phase {
        case .idle: if level > 0 { begin(level, time) }
        case .cooling(let until, let before): if level > before || (level > 0 && time >= until) { begin(level, time) }
        case .pending(var incident):
            if level > 0 || isKept {
                incident.level = max(incident.level, level)
                incident.lastHeld = time
                phase = .pending(incident)
            } else if !holdsElsewhere {
                phase = .idle
            }
        case .open(var incident):
            if level > 0 || isKept { incident.lastHeld = time }
            if level > incident.level {
                incident.level = level
                incident.isAcknowledged = false
            }
            phase = .open(incident)
        }
        if level > 0 || isKept, case .pending(let incident) = phase, Self.sum(incident.startedAt, policy.hold) <= time {
            phase = .open(incident)
        }
        if let transition = tell(at: time, policy) { told.append(transition) }
        return told
    }

    /// Lets time pass in which nothing was observed: what becomes due before `time` is told at the time it was due.
    package mutating func advance(to time: Int64, _ policy: IncidentPolicy) -> [IncidentTransition] {
        var told: [IncidentTransition] = []
        while let due = due(policy), due < time {
            guard let transition = tell(at: due, policy) else { break }
            told.append(transition)
        }
        switch phase {
        case .pending(let incident) where Self.sum(incident.lastHeld, policy.quiet) < time: phase = .idle
        case .cooling(let until, _) where until < time: phase = .idle
        default: break
        }
        return told
    }

    /// Somebody has seen it.
    /// - Returns: what is to be told; `nil` if no incident is open, or it has been acknowledged before.
    package mutating func acknowledge(at time: Int64) -> IncidentTransition? {
        guard case .open(var incident) = phase, !incident.isAcknowledged, incident.toldLevel > 0 else { return nil }
        incident.isAcknowledged = true
        phase = .open(incident)
        return IncidentTransition(.acknowledge, at: time, incident)
    }

    private mutating func begin(_ level: Int, _ time: Int64) {
        phase = .pending(Incident(startedAt: time, level: level, lastHeld: time))
    }

    /// When the next transition is due if nothing more is observed; `nil`: never.
    private func due(_ policy: IncidentPolicy) -> Int64? {
        guard case .open(let incident) = phase else { return nil }
        let over = Self.sum(incident.lastHeld, policy.quiet)
        guard let next = nextTelling(incident, policy) else { return over }
        return min(over, next)
    }

    /// When there is something to say of an incident that goes on.
    private func nextTelling(_ incident: Incident, _ policy: IncidentPolicy) -> Int64? {
        if incident.level > incident.toldLevel { return policy.mute.firstOpen(from: incident.lastHeld) }
        guard policy.update > 0, !incident.isAcknowledged else { return nil }
        return policy.mute.firstOpen(from: Self.sum(incident.toldAt, policy.update))
    }

    /// What is to be told at a time. An end is told also while everything is muted: nobody should be left waiting.
    private mutating func tell(at time: Int64, _ policy: IncidentPolicy) -> IncidentTransition? {
        guard case .open(var incident) = phase else { return nil }
        if time > incident.lastHeld, Self.sum(incident.lastHeld, policy.quiet) <= time {
            let isKnown = incident.toldLevel > 0
            phase =
                isKnown && policy.cooldown > 0
                ? .cooling(until: Self.sum(time, policy.cooldown), level: incident.level) : .idle
            return isKnown ? IncidentTransition(.resolve, at: time, incident) : nil
        }
        guard let next = nextTelling(incident, policy), next <= time else { return nil }
        let status: IncidentStatus =
            incident.toldLevel == 0 ? .open : incident.level > incident.toldLevel ? .escalate : .update
        incident.toldLevel = incident.level
        incident.toldAt = time
        phase = .open(incident)
        return IncidentTransition(status, at: time, incident)
    }

    /// A sum of times that stays at the end of the timeline.
    private static func sum(_ time: Int64, _ duration: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(duration)
        return overflow ? .max : sum
    }
}
