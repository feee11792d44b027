import CRE2

/// A regular expression in RE2's syntax, matched in linear time.
final class CompiledPattern: @unchecked Sendable {
    // Sendable: RE2 objects may be used by several threads at once.
    private let handle: OpaquePointer

    /// What is wrong with a pattern.
    struct Malformed: Error {
        let reason: String
    }

    init(_ pattern: UnsafeBufferPointer<UInt8>) throws(Malformed) {
        var reason = [CChar](repeating: 0, count: 200)
        let handle = pattern.withMemoryRebound(to: CChar.self) { pattern in
            martlet_re2_compile(pattern.baseAddress, pattern.count, &reason, reason.count)
        }
        guard let handle else {
            throw Malformed(
                reason: String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        self.handle = handle
    }

    deinit {
        martlet_re2_destroy(handle)
    }

    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        martlet_re2_matches(handle, text.baseAddress, text.count) != 0
    }
}

/// `matches`: the pattern anywhere in the text.
enum PatternKernels {
    static func matches(_ pattern: CompiledPattern) -> @Sendable (Frame, Vector) -> Vector {
        { frame, text in
            let (texts, active) = (text.texts, frame.active)
            return Vector(Words(rows: frame.rowCount) { active[$0] && pattern.matches(texts[$0]) })
        }
    }

    /// With a pattern of each row; the last one compiled is kept, since rows tend to repeat it.
    static func matchesEach(_ frame: Frame, _ text: Vector, _ pattern: Vector) -> Vector {
        let (texts, patterns) = (text.texts, pattern.texts)
        var recorder = FailureRecorder(frame)
        let truth = Words(rows: frame.rowCount)
        var last: (source: [UInt8], compiled: CompiledPattern?)?
        for row in 0..<frame.rowCount where frame.active[row] {
            let source = patterns[row]
            if !(last?.source.elementsEqual(source) ?? false) {
                last = (Array(source), try? CompiledPattern(source))
            }
            guard let compiled = last?.compiled else {
                recorder.fail(row, .pattern)
                continue
            }
            if compiled.matches(texts[row]) { truth.set(row) }
        }
        return Vector(truth, failures: recorder.finish())
    }
}
