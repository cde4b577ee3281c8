import JSONValues

/// Ways in which bytes, texts and JSON become wrong.
enum Mutation {
    /// Changes some bytes: bits, numbers, pieces that are lost, doubled, moved or taken from elsewhere.
    ///
    /// - Parameter others: where pieces are taken from.
    static func bytes(_ bytes: [UInt8], others: [[UInt8]] = [], _ dice: inout Dice) -> [UInt8] {
        var bytes = bytes
        if dice.once(in: 20) { return bytes }
        for _ in 0..<dice.few(upTo: 8) { change(&bytes, others, &dice) }
        return bytes
    }

    private static func change(_ bytes: inout [UInt8], _ others: [[UInt8]], _ dice: inout Dice) {
        guard !bytes.isEmpty else { return bytes.append(UInt8(dice.below(256))) }
        let place = dice.below(bytes.count)
        let piece = place..<min(bytes.count, place + dice.few(upTo: 64) * dice.few(upTo: 4))
        switch dice.below(10) {
        case 0, 1: bytes[place] ^= 1 << UInt8(dice.below(8))
        case 2: bytes[place] = dice.pick([0, 1, 0x20, 0x22, 0x2F, 0x7F, 0x80, 0xC3, 0xFF])
        case 3: number(&bytes, at: place, &dice)
        case 4: bytes.removeSubrange(piece)
        case 5: bytes.removeSubrange(place...)
        case 6: bytes.insert(contentsOf: bytes[piece], at: dice.below(bytes.count))
        case 7:
            bytes.insert(contentsOf: (0..<dice.few(upTo: 16)).map { _ in UInt8(dice.below(256)) }, at: place)
        case 8: digits(&bytes, after: place, &dice)
        default:
            guard let other = others.isEmpty ? nil : dice.pick(others), !other.isEmpty else { return }
            let start = dice.below(other.count)
            bytes.replaceSubrange(piece, with: other[start..<min(other.count, start + piece.count)])
        }
    }

    /// Puts a number that is the last of its range, or near it, in place of 1, 2, 4 or 8 bytes.
    private static func number(_ bytes: inout [UInt8], at place: Int, _ dice: inout Dice) {
        let number = dice.pick(numbers)
        let size = min(1 << dice.below(4), bytes.count - place)
        let isBig = dice.once(in: 2)
        for index in 0..<size {
            let shift = 8 * (isBig ? size - 1 - index : index)
            bytes[place + index] = UInt8(truncatingIfNeeded: number >> shift)
        }
    }

    /// Puts another number in place of decimal digits.
    private static func digits(_ bytes: inout [UInt8], after place: Int, _ dice: inout Dice) {
        let isDigit = { (0x30...0x39).contains($0 as UInt8) }
        guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: String(dice.pick(numbers)).utf8)
    }

    static let numbers: [Int] =
        [0, 1, -1, 2, 3, 7, 100, 255, 256, 65_535, 65_536, .max, .min, 1 << 31, 1 << 32, 1 << 40, 1 << 53]
        + [(1 << 31) - 1, -(1 << 31), (1 << 32) - 1, (1 << 62), 1_000_000, 16_777_216, 16_777_217]

    /// A value of JSON with a few of its parts changed, anywhere in it.
    static func json(_ value: JSONValue, _ dice: inout Dice) -> JSONValue {
        var value = value
        if dice.once(in: 20) { return value }
        for _ in 0..<dice.few(upTo: 4) { value = changed(value, &dice) }
        return value
    }

    private static func changed(_ value: JSONValue, _ dice: inout Dice) -> JSONValue {
        switch value {
        case .object(let object) where !object.members.isEmpty && !dice.once(in: 8):
            var members = object.members
            let place = dice.below(members.count)
            switch dice.below(8) {
            case 0: members.remove(at: place)
            case 1 where dice.once(in: 4): members[place].key = text(&dice)
            case 2 where dice.once(in: 4): members.append((text(&dice), scalar(&dice)))
            case 3: members[place].value = dice.pick(members).value
            default: members[place].value = changed(members[place].value, &dice)
            }
            return .object(JSONObject(members))
        case .array(var elements) where !elements.isEmpty && !dice.once(in: 8):
            let place = dice.below(elements.count)
            switch dice.below(6) {
            case 0: elements.remove(at: place)
            case 1: elements.insert(dice.pick(elements), at: place)
            case 2: elements.append(scalar(&dice))
            default: elements[place] = changed(elements[place], &dice)
            }
            return .array(elements)
        case .integer(let number) where dice.once(in: 2):
            return .integer(dice.pick([number &+ 1, number &- 1, number &* 2, number / 2, 0, 0 &- number]))
        case .boolean(let isTrue) where dice.once(in: 2): return .boolean(!isTrue)
        default: return scalar(&dice)
        }
    }

    private static func scalar(_ dice: inout Dice) -> JSONValue {
        switch dice.below(9) {
        case 0: .null
        case 1: .boolean(dice.once(in: 2))
        case 2, 3, 4: .integer(dice.pick(numbers))
        case 5: .real(dice.pick([0.5, -0.0, 1e308, -1e308, .leastNonzeroMagnitude, 1e-30, 3.5]))
        case 6: .array((0..<dice.below(4)).map { _ in .integer(dice.pick(numbers)) })
        case 7: .object(JSONObject([(text(&dice), .integer(dice.below(9)))]))
        default: .string(text(&dice))
        }
    }

    /// A line of words that no reader minds, and now and then one that some do.
    static func line(_ dice: inout Dice) -> String {
        let word =
            dice.once(in: 12) ? text(&dice) : dice.pick(["cat", "dog", "a\u{301}", "\u{E9}", "犬", "x y"])
        return "\(word) \(dice.below(1_000))"
    }

    /// A text of words and characters that are read in more than one way.
    static func text(_ dice: inout Dice) -> String {
        (0..<dice.few(upTo: 6)).map { _ in dice.pick(words) }.joined()
    }

    static let words =
        [
            "cat", "a photo of a {}", "{}", "train", "", " ", "0", "-1", "1e9", "null", "..", "/", "\\", "\"",
            "'", "`",
        ]
        + [
            "<b>", "&amp;", "\u{0}", "\n", "\r\n", "\t", "\u{1B}[2J", "\u{7F}", "\u{85}", "\u{9B}2J",
            "\u{202E}",
        ]
        + [
            "\u{2066}", "\u{2028}", "\u{301}", "'\u{301}", "\"\u{301}", "/\u{301}", "<\u{301}", "\u{E9}",
            "e\u{301}",
        ]
        + [
            "\u{212B}", "\u{FEFF}", "\u{FFFD}", "\u{10FFFF}", "\u{E0041}", "\u{1F468}\u{200D}\u{1F373}", "%s",
            "$(x)",
        ]
        + [";--", ",", "=", ":", "#", "CON", "a.sqlite", "0001.sqlite", String(repeating: "x", count: 3_000)]
}
