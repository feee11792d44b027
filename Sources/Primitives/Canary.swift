#if CANARIES
    import Glibc

    /// A deliberate defect that a build with `-D CANARIES` can have: each must be found by the tests.
    ///
    /// `MARTLET_CANARY` names the one that a process has. No other build knows of them.
    package enum Canary: String, CaseIterable, Sendable {
        /// Sinks show an epoch whose checkpoint is not durable.
        case commitBeforeDurable
        /// The rename of a manifest may be lost.
        case skipDirectorySync
        /// A manifest is written in place, and may be torn.
        case manifestInPlace
        /// Damaged blocks and manifests are taken as they are.
        case ignoreChecksum
        /// What folds hold back is in no checkpoint.
        case forgetDrain
        /// A checkpoint is taken while messages are under way.
        case ignoreInFlight
        /// An outbox comes back twice.
        case duplicateOutbox
        /// A sink's rows are not in its checkpoint.
        case emptyOutbox
        /// A row at the very end of its lateness still counts.
        case windowOffByOne
        /// Late rows reach nobody.
        case swallowLate
        /// Records that cannot be decoded reach nobody.
        case swallowDeadLetter
        /// Of two versions of a row the older comes back.
        case restoreStale
        /// Positions are those of the checkpoint before.
        case stalePositions
        /// A checkpoint says how far sources have come since.
        case progressAtWrite
        /// What another number of subtasks wrote counts as what this one would.
        case keepOtherSubtasks
        /// Every subtask takes back every row.
        case restoreForeignKeys
        /// Segments of the newest checkpoint are taken for garbage.
        case removeNeeded
        /// The last checkpoint holds windows that the end has closed.
        case closeBeforeCapture
        /// Which keys were seen is in no checkpoint.
        case forgetSeenKeys

        private static let active = getenv("MARTLET_CANARY").flatMap { Canary(rawValue: String(cString: $0)) }

        /// Whether this process has the defect.
        package static func isOn(_ canary: Canary) -> Bool { active == canary }
    }
#endif
