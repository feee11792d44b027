/// How the incidents of an operator live. Times are microseconds of event time.
package struct IncidentPolicy: Sendable, Hashable {
    /// For how long the condition must hold before an incident opens.
    package var hold: Int64
    /// For how long it must not hold before an incident is over; at least a microsecond.
    package var quiet: Int64
    /// For how long after an incident no other opens, unless it is worse.
    package var cooldown: Int64
    /// How often an open incident is told of again; 0: never.
    package var update: Int64
    /// When nothing is told: it is afterwards, if there is still something to tell.
    package var mute: [MuteWindow]

    package init(hold: Int64 = 0, quiet: Int64, cooldown: Int64 = 0, update: Int64 = 0, mute: [MuteWindow] = []) {
        self.hold = hold
        self.quiet = max(1, quiet)
        self.cooldown = cooldown
        self.update = update
        self.mute = mute
    }
}

/// What is told of an incident.
package enum IncidentStatus: String, Sendable, Hashable, CaseIterable {
    case open, escalate, update, acknowledge, resolve
}

/// One thing to tell, and when it became due.
package struct IncidentTransition: Sendable, Hashable {
    package var status: IncidentStatus
    /// In microseconds of event time.
    package var time: Int64
    package var incident: Incident

    package init(_ status: IncidentStatus, at time: Int64, _ incident: Incident) {
        self.status = status
        self.time = time
        self.incident = incident
    }
}

/// An incident as it stands. A level is how bad it is, from 1 on; what it is called is the operator's business.
package struct Incident: Sendable, Hashable {
    /// When its condition began to hold: with the key, what it is known by.
    package var startedAt: Int64
    /// The worst so far.
    package var level: Int
    /// When the condition was last seen to hold.
    package var lastHeld: Int64
    /// The worst level that has been told; 0: nobody knows of it yet.
    package var toldLevel = 0
    /// When it was last told of.
    package var toldAt = Int64.min
    /// Somebody has seen it: no more updates, unless it gets worse.
    package var isAcknowledged = false

    package init(startedAt: Int64, level: Int, lastHeld: Int64) {
        self.startedAt = startedAt
        self.level = level
        self.lastHeld = lastHeld
    }
}
