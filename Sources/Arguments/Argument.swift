import Diagnostics
import JSONValues

/// One option or positional of a command, and the key under which its value is asked for.
///
///     let seed = Argument.option("seed", .integer(in: 0...), default: 0, "the seed of the first image")
///     let syntax = CommandSyntax("figment-generate", "makes images", [seed])
///     … arguments[seed] …
public struct Argument<Value: Sendable>: DeclaredArgument {
    /// How it is written.
    public let usage: ArgumentUsage
    let reading: @Sendable ([String]) throws(Failure) -> Value
    let recording: @Sendable (Value) -> JSONValue

    /// Reads the words given for this argument, as many as its usage allows.
    public func decode(_ words: [String]) throws(Failure) -> DecodedArgument {
        let value = try reading(words)
        return DecodedArgument(value: value, json: recording(value), isPath: usage.isPath)
    }
}

/// An argument whatever its type, so that a command can list its arguments.
public protocol DeclaredArgument: Sendable {
    /// How it is written.
    var usage: ArgumentUsage { get }
    /// Reads the words given for it.
    func decode(_ words: [String]) throws(Failure) -> DecodedArgument
}

/// The value of an argument, in its own type and as it is recorded.
public struct DecodedArgument: Sendable {
    let value: any Sendable
    let json: JSONValue
    let isPath: Bool
}

/// How an argument is written on the command line and explained in the help.
public struct ArgumentUsage: Sendable {
    /// The name, without dashes.
    public let name: String
    /// What stands for the value, nil for a flag.
    public let placeholder: String?
    /// What it is for: a phrase without a full stop.
    public let help: String
    /// Whether it is told by its place and not by `--name`.
    public let isPositional: Bool
    /// How often it may be given.
    public let count: ClosedRange<Int>
    /// The value where none is given, as text.
    public let fallback: String?
    /// Whether the value is a path on this machine.
    public let isPath: Bool

    /// The argument as messages name it.
    public var title: String { isPositional ? name : "--\(name)" }
}

extension Argument where Value == Bool {
    /// A switch that is off unless given: `--dry-run`.
    public static func flag(_ name: String, _ help: String) -> Argument {
        Argument(
            usage: ArgumentUsage(
                name: name, placeholder: nil, help: help, isPositional: false, count: 0...1, fallback: nil,
                isPath: false),
            reading: { !$0.isEmpty }, recording: { .boolean($0) })
    }
}

extension Argument {
    /// An option with a default: `--seed N` or `--seed=N`.
    public static func option(
        _ name: String, _ format: ValueFormat<Value>, default fallback: Value, _ help: String
    ) -> Argument {
        let json = format.json(fallback)
        return single(name, format, help, count: 0...1, shown: json.string ?? json.text) {
            $0 ?? fallback
        } recording: {
            format.json($0)
        }
    }

    /// An option that must be given.
    public static func required(_ name: String, _ format: ValueFormat<Value>, _ help: String) -> Argument {
        single(name, format, help, count: 1...1) { value in
            guard let value else { preconditionFailure("the parser lets no required option be missing") }
            return value
        } recording: {
            format.json($0)
        }
    }

    /// An option that may be left out, and then is nil.
    public static func optional<Wrapped>(
        _ name: String, _ format: ValueFormat<Wrapped>, _ help: String
    ) -> Argument where Value == Wrapped? {
        single(name, format, help, count: 0...1) {
            $0
        } recording: {
            $0.map(format.json) ?? .null
        }
    }

    /// An option that may be given several times; the values keep their order.
    public static func repeated<Element>(
        _ name: String, _ format: ValueFormat<Element>, _ help: String
    ) -> Argument where Value == [Element] {
        list(name, format, help, isPositional: false, count: 0 ... .max)
    }

    /// An argument told by its place that must be given; `name` is in capitals.
    public static func positional(_ name: String, _ format: ValueFormat<Value>, _ help: String) -> Argument {
        single(name, format, help, isPositional: true, count: 1...1) { value in
            guard let value else { preconditionFailure("the parser lets no positional be missing") }
            return value
        } recording: {
            format.json($0)
        }
    }

    /// A last argument told by its place that may be left out, and then is nil.
    public static func optionalPositional<Wrapped>(
        _ name: String, _ format: ValueFormat<Wrapped>, _ help: String
    ) -> Argument where Value == Wrapped? {
        single(name, format, help, isPositional: true, count: 0...1) {
            $0
        } recording: {
            $0.map(format.json) ?? .null
        }
    }

    /// All remaining arguments that are told by their place, at least `atLeast` of them.
    public static func positionals<Element>(
        _ name: String, _ format: ValueFormat<Element>, atLeast: Int = 0, _ help: String
    ) -> Argument where Value == [Element] {
        list(name, format, help, isPositional: true, count: atLeast ... .max)
    }

    private static func single<Word>(
        _ name: String, _ format: ValueFormat<Word>, _ help: String, isPositional: Bool = false,
        count: ClosedRange<Int>, shown fallback: String? = nil,
        value: @escaping @Sendable (Word?) -> Value, recording: @escaping @Sendable (Value) -> JSONValue
    ) -> Argument {
        let usage = ArgumentUsage(
            name: name, placeholder: format.placeholder, help: help, isPositional: isPositional,
            count: count, fallback: fallback, isPath: format.isPath)
        return Argument(
            usage: usage,
            reading: { words throws(Failure) in value(try words.first.map(usage.reader(format))) },
            recording: recording)
    }

    private static func list<Element>(
        _ name: String, _ format: ValueFormat<Element>, _ help: String, isPositional: Bool,
        count: ClosedRange<Int>
    ) -> Argument where Value == [Element] {
        let usage = ArgumentUsage(
            name: name, placeholder: format.placeholder, help: help, isPositional: isPositional,
            count: count, fallback: nil, isPath: format.isPath)
        return Argument(
            usage: usage, reading: { words throws(Failure) in try words.map(usage.reader(format)) },
            recording: { .array($0.map(format.json)) })
    }
}

extension ArgumentUsage {
    /// Reads one word, and says which argument is wrong where the format refuses it.
    func reader<Value>(_ format: ValueFormat<Value>) -> (String) throws(Failure) -> Value {
        { word throws(Failure) in
            guard let value = format.read(word) else {
                throw Failure(.usage, "\(title) takes \(format.expectation), not '\(word)'")
            }
            return value
        }
    }
}
