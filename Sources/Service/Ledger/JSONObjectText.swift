import Formats

/// Writes one JSON object, indented for people.
struct JSONObjectText {
    private var bytes: [UInt8] = Array("{".utf8)
    private var depth = 1
    private var isEmpty = true

    mutating func member(_ name: String, _ value: String) {
        start(name)
        JSONText.append(value, to: &bytes)
    }

    mutating func member(_ name: String, _ value: Bool) {
        start(name)
        JSONText.append(value, to: &bytes)
    }

    mutating func member(_ name: String, _ value: Int64) {
        start(name)
        JSONText.append(value, to: &bytes)
    }

    mutating func member(_ name: String, _ value: Double) {
        start(name)
        JSONText.append(value, to: &bytes)
    }

    /// A list of values that are JSON already.
    mutating func raw(_ name: String, _ values: [[UInt8]]) {
        start(name)
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func object(_ name: String, _ members: (inout JSONObjectText) -> Void) {
        start(name)
        bytes.append(UInt8(ascii: "{"))
        depth += 1
        isEmpty = true
        members(&self)
        end()
        isEmpty = false
    }

    mutating func finish() -> [UInt8] {
        end()
        bytes.append(0x0A)
        return bytes
    }

    private mutating func start(_ name: String) {
        if !isEmpty { bytes.append(UInt8(ascii: ",")) }
        isEmpty = false
        newLine()
        JSONText.append(name, to: &bytes)
        bytes.append(contentsOf: ": ".utf8)
    }

    private mutating func end() {
        depth -= 1
        if !isEmpty { newLine() }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func newLine() {
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: depth * 2))
    }
}
