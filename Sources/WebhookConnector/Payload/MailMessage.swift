import Foundation
import Primitives

/// Who writes to whom.
struct MailAddresses: Sendable, Hashable {
    var from: String
    var to: [String]
}

/// A message of plain text. Formats: RFC 5322 (headers, threads), RFC 2047 (subjects), RFC 2045 (base64).
struct MailMessage {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let subjectMax = 200
    /// Bytes of text in one encoded word, which may have 75 characters.
    private static let wordBytesMax = 42

    private let addresses: MailAddresses
    private let id: String
    private let date: EventTime
    var subject = ""
    var text = ""
    /// The incident that it belongs to.
    var thread: String?
    /// Whether it begins the thread.
    var isFirst = false

    init(_ addresses: MailAddresses, id: String, date: EventTime) {
        self.addresses = addresses
        self.id = WireName.atom(id)
        self.date = date
    }

    /// Headers and text, lines ended as SMTP wants them.
    func body() -> [UInt8] {
        // A thread is what all its messages refer to; nobody needs to have received a first one.
        let root = thread.map { "<\(WireName.atom($0))@martlet>" }
        var headers = [
            "From: \(addresses.from)", "To: \(addresses.to.joined(separator: ",\r\n "))",
            "Subject: \(Self.encoded(subject))", "Date: \(Self.text(date))",
            "Message-ID: \(isFirst ? root ?? "<\(id)@martlet>" : "<\(id)@martlet>")",
        ]
        if let root, !isFirst { headers += ["In-Reply-To: \(root)", "References: \(root)"] }
        headers += [
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
            "Auto-Submitted: auto-generated", "", "",
        ]
        let encoded = Data(text.utf8).base64EncodedString(options: [
            .lineLength76Characters, .endLineWithCarriageReturn,
        ])
        return Array((headers.joined(separator: "\r\n") + Self.lines(encoded) + "\r\n").utf8)
    }

    private static func lines(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: "\r\n")
    }

    /// A subject in one line; words of UTF-8 where it is more than ASCII.
    static func encoded(_ subject: String) -> String {
        let line = SlackMessage.cut(
            String(
                String.UnicodeScalarView(subject.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 })),
            subjectMax)
        guard !line.utf8.allSatisfy({ $0 < 0x80 }) || line.utf8.count > 70 else { return line }
        var words: [String] = []
        var word = ""
        for character in line {
            if word.utf8.count + String(character).utf8.count > wordBytesMax {
                words.append(word)
                word = ""
            }
            word.append(character)
        }
        words.append(word)
        return words.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }

    /// `Tue, 14 Nov 2023 22:13:20 +0000`.
    private static func text(_ time: EventTime) -> String {
        let seconds = time.microseconds.dividedDown(by: 1_000_000)
        let day = seconds.dividedDown(by: 86_400)
        let (year, month, date) = Timestamp.civil(daysSinceEpoch: day)
        let rest = seconds - day * 86_400
        func two(_ value: Int64) -> String { (value < 10 ? "0" : "") + "\(value)" }
        let weekday = days[Int(((day % 7) + 7) % 7)]
        return "\(weekday), \(two(date)) \(months[Int(month) - 1]) \(year) "
            + "\(two(rest / 3_600)):\(two(rest / 60 % 60)):\(two(rest % 60)) +0000"
    }
}
