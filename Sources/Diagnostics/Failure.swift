import Texts

/// Why something could not be done, in words for the person who has to do something about it.
///
/// A failure is for what comes from outside (a file, a row, a model, an image, an option). A programmer's error
/// traps instead; trouble with one item of many is a row with its reason, and the run goes on.
public struct Failure: Error, Hashable, Sendable {
    /// What went wrong, in one sentence that names the file, the field or the option.
    public let summary: String
    /// What to do about it: an imperative sentence, or nil where there is nothing to try.
    public let hint: String?
    /// The kind, which decides the exit status.
    public let kind: Kind
    /// What was being done, innermost first ("while loading CLIP").
    public private(set) var trail: [String]

    /// Makes a failure of a kind, with a summary and, where there is one, a remedy.
    public init(_ kind: Kind, _ summary: String, hint: String? = nil, trail: [String] = []) {
        self.kind = kind
        self.summary = summary
        self.hint = hint
        self.trail = trail
    }

    /// The same failure, saying of which model or file it is.
    public func of(_ name: String) -> Failure {
        Failure(kind, "\(name): \(summary)", hint: hint, trail: trail)
    }

    /// The same failure, saying what was being done when it came.
    public func during(_ activity: String) -> Failure {
        var longer = self
        longer.trail.append(activity)
        return longer
    }
}

extension Failure {
    /// What sort of trouble it is; the raw value is the exit status of `sysexits.h`.
    public enum Kind: Int32, Sendable {
        /// The command line is wrong.
        case usage = 64
        /// A file, an image, a row or a configuration holds what it must not.
        case badInput = 65
        /// Something that was named does not exist.
        case missingResource = 66
        /// A fault of Figment's own.
        case bug = 70
        /// There is less memory than the work needs.
        case outOfMemory = 71
        /// Reading or writing failed: no space, no permission, a broken device.
        case io = 74
        /// Another process holds the catalog longer than we were willing to wait.
        case catalogBusy = 75
        /// The catalog is of another program, of another version, or damaged.
        case catalog = 78
    }
}

extension Failure: CustomStringConvertible {
    /// The summary, then the trail and the hint, each on a line of its own, whatever the names in them hold.
    public var shown: TerminalText {
        var lines: [TerminalText] = ["\(summary)"]
        lines += trail.map { "  while \($0)" }
        if let hint { lines.append("  hint: \(hint)") }
        return lines.joined(separator: "\n")
    }

    /// The same as text.
    public var description: String { shown.text }
}

extension Failure {
    /// Whether it says something about the machine at this moment and nothing about what was to be read.
    public var isPassing: Bool { kind == .outOfMemory || kind == .catalogBusy }
}

/// What `body` gives; nil where what it reads is missing or damaged.
///
/// - Throws: what would not be so at another time: too little memory, a file that somebody else holds.
public func readable<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result? {
    do {
        return try body()
    } catch {
        if error.isPassing { throw error }
        return nil
    }
}

/// Runs `body`; a failure of it says that it came while doing `activity`.
@discardableResult
public func during<Result>(
    _ activity: @autoclosure () -> String, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    do {
        return try body()
    } catch {
        throw error.during(activity())
    }
}

/// Does what `body` does; a failure says of which model or file it is.
public func naming<Result>(
    _ name: String, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    do {
        return try body()
    } catch {
        throw error.of(name)
    }
}
