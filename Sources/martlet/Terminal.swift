import Glibc

/// What goes to a person: standard error, coloured where it is a terminal that wants colour.
enum Terminal {
    enum Stream: Int32 {
        /// Data.
        case output = 1
        /// Everything else.
        case error = 2
    }

    static func write(_ text: String, to stream: Stream) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(stream.rawValue, $0.baseAddress, $0.count) }
            if count < 0 && errno != EINTR { return }
            rest = rest.dropFirst(max(0, count))
        }
    }

    static func say(_ text: String) {
        write(text + "\n", to: .error)
    }

    /// Whether standard error is a terminal, so that progress may be drawn over itself.
    static let isInteractive = isatty(STDERR_FILENO) == 1

    /// Whether colours are welcome: no to a pipe, to `NO_COLOR` and to a dumb terminal.
    static let hasColour =
        isInteractive && getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
        && getenv("TERM").map { strcmp($0, "dumb") != 0 } ?? true

    static func red(_ text: String) -> String { hasColour ? "\u{1B}[31m\(text)\u{1B}[0m" : text }
    static func bold(_ text: String) -> String { hasColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    static func dim(_ text: String) -> String { hasColour ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
}
