import JSONValues

/// How one word of the command line becomes a value: what is expected, and how it is read and recorded.
public struct ValueFormat<Value: Sendable>: Sendable {
    /// What stands for the value in a usage line ("N").
    public let placeholder: String
    /// What a value must be, in words that follow "takes" ("an integer from 0 to 9").
    public let expectation: String
    /// Reads a word, nil where it is none of this format.
    public let read: @Sendable (String) -> Value?
    /// The value as it is recorded with a run, and as it is shown where it is a default.
    public let json: @Sendable (Value) -> JSONValue
    /// Whether the value is a path on this machine.
    public let isPath: Bool

    /// Makes a format from its parts.
    public init(
        placeholder: String, expectation: String, isPath: Bool = false,
        read: @escaping @Sendable (String) -> Value?, json: @escaping @Sendable (Value) -> JSONValue
    ) {
        self.isPath = isPath
        self.placeholder = placeholder
        self.expectation = expectation
        self.read = read
        self.json = json
    }
}

extension ValueFormat where Value == Int {
    /// An integer within limits.
    public static func integer(in limits: ClosedRange<Int>, placeholder: String = "N") -> Self {
        ValueFormat(
            placeholder: placeholder, expectation: words("an integer", limits, unbounded: (.min, .max)),
            read: { word in Int(word).flatMap { limits.contains($0) ? $0 : nil } },
            json: { .integer($0) })
    }

    /// An integer that is not below a limit.
    public static func integer(in limits: PartialRangeFrom<Int>, placeholder: String = "N") -> Self {
        .integer(in: limits.lowerBound ... .max, placeholder: placeholder)
    }
}

extension ValueFormat where Value == Double {
    /// A finite number within limits; -0 is 0, which a database keeps, and a digest must be taken of.
    public static func real(in limits: ClosedRange<Double>, placeholder: String = "X") -> Self {
        let widest = Double.greatestFiniteMagnitude
        return ValueFormat(
            placeholder: placeholder, expectation: words("a number", limits, unbounded: (-widest, widest)),
            read: { word in Double(word).flatMap { limits.contains($0) ? $0 + 0 : nil } },
            json: { .real($0) })
    }

    /// A finite number that is not below a limit.
    public static func real(in limits: PartialRangeFrom<Double>, placeholder: String = "X") -> Self {
        .real(in: limits.lowerBound ... .greatestFiniteMagnitude, placeholder: placeholder)
    }
}

extension ValueFormat where Value == String {
    /// Any text that is not empty.
    public static func text(_ placeholder: String = "TEXT") -> Self {
        ValueFormat(
            placeholder: placeholder, expectation: "a text that is not empty",
            read: { $0.isEmpty ? nil : $0 }, json: { .string($0) })
    }

    /// The path of a file or a folder.
    public static func path(_ placeholder: String = "PATH") -> Self {
        ValueFormat(
            placeholder: placeholder, expectation: "a path", isPath: true,
            read: { $0.isEmpty ? nil : $0 }, json: { .string($0) })
    }

    /// One word of a list.
    public static func choice(of words: [String]) -> Self {
        ValueFormat(
            placeholder: words.joined(separator: "|"),
            expectation: "one of \(words.joined(separator: ", "))",
            read: { words.contains($0) ? $0 : nil }, json: { .string($0) })
    }
}

extension ValueFormat where Value: CaseIterable & RawRepresentable<String> {
    /// One case of an enumeration, by its raw value.
    public static func choice(of type: Value.Type) -> Self {
        let words = ValueFormat<String>.choice(of: Value.allCases.map(\.rawValue))
        return ValueFormat(
            placeholder: words.placeholder, expectation: words.expectation,
            read: { Value(rawValue: $0) }, json: { .string($0.rawValue) })
    }
}

/// Limits in words, silent about a side that is unbounded.
private func words<Bound>(_ noun: String, _ limits: ClosedRange<Bound>, unbounded: (Bound, Bound)) -> String {
    let from = limits.lowerBound == unbounded.0 ? "" : " from \(limits.lowerBound)"
    let to = limits.upperBound == unbounded.1 ? "" : " to \(limits.upperBound)"
    return noun + from + to
}
