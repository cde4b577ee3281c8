/// Text for a person to read on a terminal.
///
/// What the program says itself stands as it is written. What is put into it from outside (a name, a path, a reason)
/// is shown by `TerminalText.shown`: it can neither move the cursor, nor colour or reorder what stands around it, nor
/// pretend to be another line, and a very long one is cut.
///
///     let line: TerminalText = "\(path) holds \(count) images\n"
public struct TerminalText: Hashable, Sendable {
    /// The characters as they go to the terminal.
    public let text: String

    /// Shows one text from outside, cut where it has more than `limit` characters.
    public init(showing text: String, limit: Int = .max) { self.text = Self.shown(text, limit: limit) }

    /// Takes text of the program's own, or that is shown already, as it is.
    public init(verbatim text: String) { self.text = text }

    /// Shows a text of several lines line by line, each behind `margin`; every line ends.
    public init(linesOf text: String, margin: String) {
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map {
            margin + Self.shown(String(decoding: $0, as: UTF8.self)) + "\n"
        }
        self.text = lines.joined()
    }

    /// How many characters of a text are shown unless somebody asks for more.
    public static let usualLimit = 1_000

    /// The text with everything spelled out that a terminal obeys or a reader cannot see.
    ///
    /// - Parameter limit: the most characters; of a longer text the beginning and the end are shown, and between them
    ///   how many were left out.
    public static func shown(_ text: String, limit: Int = .max) -> String {
        let scalars = text.unicodeScalars
        // A scalar takes four bytes at most, so that most texts need not be counted.
        guard text.utf8.count > limit, scalars.count > limit else { return spelledOut(scalars[...]) }
        let (start, end) = (limit * 2 / 3, limit / 3)
        let left = scalars.count - start - end
        return spelledOut(scalars.prefix(start)) + "… (\(left) more characters) …"
            + spelledOut(scalars.suffix(end))
    }

    private static func spelledOut(_ scalars: Substring.UnicodeScalarView) -> String {
        guard scalars.contains(where: isUnseen) else { return String(scalars) }
        var result = String.UnicodeScalarView()
        for scalar in scalars {
            switch scalar {
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\r": result.append(contentsOf: "\\r".unicodeScalars)
            case "\t": result.append(contentsOf: "\\t".unicodeScalars)
            case _ where isUnseen(scalar):
                result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// Whether a scalar is an order to the terminal, or changes how others are read and is not seen itself.
    ///
    /// These are the controls of C0 and C1, breaks of lines and paragraphs, and formats, such as those that override
    /// the direction of writing. The two joiners alone pass: words of many languages need them.
    public static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        if (0x20..<0x7F).contains(scalar.value) { return false }
        return switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
        default: false
        }
    }
}

extension TerminalText: ExpressibleByStringInterpolation, CustomStringConvertible {
    /// Puts together what the program says, which stands as it is, and what is shown in between.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        /// Begins an empty text.
        public init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }
        /// Adds what the program says.
        public mutating func appendLiteral(_ literal: String) { text += literal }
        /// Shows a text from outside.
        public mutating func appendInterpolation(
            _ value: some StringProtocol, limit: Int = TerminalText.usualLimit
        ) {
            text += TerminalText.shown(String(value), limit: limit)
        }
        /// Adds a number.
        public mutating func appendInterpolation(_ value: some BinaryInteger) { text += String(value) }
        /// Adds a number.
        public mutating func appendInterpolation(_ value: Double) { text += "\(value)" }
        /// Adds text that is shown already.
        public mutating func appendInterpolation(_ value: TerminalText) { text += value.text }
        /// Shows how anything else describes itself.
        public mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            text += TerminalText.shown(value.description, limit: TerminalText.usualLimit)
        }
    }

    /// Takes what the program says.
    public init(stringLiteral value: String) { text = value }
    /// Takes what was put together.
    public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }
    /// The characters as they go to the terminal.
    public var description: String { text }

    /// One text behind the other.
    public static func + (left: TerminalText, right: TerminalText) -> TerminalText {
        TerminalText(verbatim: left.text + right.text)
    }

    /// Adds a text behind another.
    public static func += (left: inout TerminalText, right: TerminalText) { left = left + right }
}

extension Sequence<TerminalText> {
    /// The texts one behind the other, with `separator` in between.
    public func joined(separator: String = "") -> TerminalText {
        TerminalText(verbatim: map(\.text).joined(separator: separator))
    }
}
