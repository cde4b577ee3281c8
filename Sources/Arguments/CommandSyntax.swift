import Diagnostics

/// What a command understands: its arguments, and the help that is made from them.
public struct CommandSyntax: Sendable {
    /// The command as it is typed ("figment generate").
    public let name: String
    /// What it does: a phrase without a full stop.
    public let summary: String
    /// What more there is to say, in paragraphs; may be empty.
    public let discussion: String
    /// The options and positionals in the order in which the help lists them.
    public let arguments: [any DeclaredArgument]

    /// Declares a command; names must differ, and a positional of variable count stands last.
    public init(
        _ name: String, _ summary: String, discussion: String = "", _ arguments: [any DeclaredArgument] = []
    ) {
        let usages = arguments.map(\.usage)
        precondition(Set(usages.map(\.name) + ["help"]).count == usages.count + 1, "a name is declared twice")
        let fixed = usages.filter(\.isPositional).dropLast().allSatisfy { $0.count == 1...1 }
        precondition(fixed, "only the last positional may vary in number")
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.arguments = arguments
    }

    /// What the command line asks for.
    public enum Request: Sendable {
        /// To see the help.
        case help
        /// To run with these values.
        case run(ParsedArguments)
    }

    /// Reads the words after the command's name.
    ///
    /// - Throws: a usage failure that names the argument.
    public func parse(_ words: [String]) throws(Failure) -> Request {
        do {
            guard let given = try sort(words) else { return .help }
            var values: [String: DecodedArgument] = [:]
            for argument in arguments {
                let usage = argument.usage
                let own = given[usage.name] ?? []
                try usage.checkCount(own)
                values[usage.name] = try argument.decode(own)
            }
            return .run(ParsedArguments(values))
        } catch {
            throw Failure(error.kind, error.summary, hint: error.hint ?? "See '\(name) --help'.")
        }
    }

    /// The words by the name of the argument they belong to, or nil where help is asked for.
    private func sort(_ words: [String]) throws(Failure) -> [String: [String]]? {
        var given: [String: [String]] = [:]
        var loose: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                loose += rest
                break
            }
            if word == "--help" || word == "-h" { return nil }
            guard word.hasPrefix("-"), word.count > 1, Double(word) == nil else {
                loose.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let usage = try option(String(parts[0]))
            given[usage.name, default: []].append(
                try usage.word(attached: parts.dropFirst().first, rest: &rest))
        }
        var positionals = arguments.map(\.usage).filter(\.isPositional)[...]
        while !loose.isEmpty {
            guard let usage = positionals.popFirst() else {
                throw Failure(.usage, "there is no place for the argument '\(loose[0])'")
            }
            let share = min(loose.count, usage.count.upperBound)
            given[usage.name] = Array(loose.prefix(share))
            loose.removeFirst(share)
        }
        return given
    }

    private func option(_ typed: String) throws(Failure) -> ArgumentUsage {
        let options = arguments.map(\.usage).filter { !$0.isPositional }
        if let usage = options.first(where: { $0.title == typed }) { return usage }
        let near = closest(to: typed, among: options.map(\.title) + ["--help"])
        throw Failure(
            .usage, "there is no option '\(typed)'", hint: near.map { "Did you mean '\($0)'?" })
    }
}

extension ArgumentUsage {
    /// The word that belongs to an option: attached by `=`, or the next; a flag takes none.
    fileprivate func word(
        attached: Substring?, rest: inout ArraySlice<String>
    ) throws(Failure) -> String {
        guard let placeholder else {
            guard attached == nil else { throw Failure(.usage, "\(title) takes no value") }
            return ""
        }
        if let attached { return String(attached) }
        guard let next = rest.first, !next.hasPrefix("--") else {
            throw Failure(.usage, "\(title) needs a value (\(placeholder))")
        }
        rest.removeFirst()
        return next
    }

    fileprivate func checkCount(_ words: [String]) throws(Failure) {
        if words.count > count.upperBound { throw Failure(.usage, "\(title) is given twice") }
        if words.count < count.lowerBound {
            throw Failure(.usage, "\(title) is missing: \(help)")
        }
    }
}
