import Glibc
import Primitives

/// What goes to a person: standard error, coloured where it is a terminal that wants colour.
enum Terminal {
    enum Stream: Int32 {
        /// Data.
        case output = 1
        /// Everything else.
        case error = 2
    }

    static func write(_ text: String, to stream: Stream) {
        // Where nobody listens any more there is nobody to tell.
        _ = SystemFile.write(Array(text.utf8), to: stream.rawValue)
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
