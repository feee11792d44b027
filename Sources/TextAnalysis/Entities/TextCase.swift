/// Cases of UTF-8 text.
package enum TextCase {
    /// Appends a text in simple lowercase; bytes that are no UTF-8 stay as they are.
    package static func appendLowercase(_ bytes: UnsafeBufferPointer<UInt8>, to target: inout [UInt8]) {
        guard let base = bytes.baseAddress else { return }
        let table = CharacterTable.shared
        let text = UTF8Text(base: base, count: bytes.count, table: table)
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte < 0x80 {
                target.append(UTF8Text.lower(byte))
                index += 1
                continue
            }
            let character = text.character(at: index)
            if character.point == .max {
                target.append(byte)
            } else {
                FoldedCharacter(table.lowercase(character.point)).append(to: &target)
            }
            index += character.length
        }
    }
}
