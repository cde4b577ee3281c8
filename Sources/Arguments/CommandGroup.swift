import Diagnostics

/// Commands under one name, told apart by the first word: `figment variant define`, `figment variant freeze`.
public struct CommandGroup: Sendable {
    /// The words that stand before the command's own ("figment variant").
    public let name: String
    /// What the commands have in common: a phrase without a full stop.
    public let summary: String
    /// The commands; the last word of each one's name selects it.
    public let commands: [CommandSyntax]

    /// Groups commands.
    public init(_ name: String, _ summary: String, _ commands: [CommandSyntax]) {
        self.name = name
        self.summary = summary
        self.commands = commands
    }

    /// What the command line asks for.
    public enum Request: Sendable {
        /// To see the list of commands.
        case help
        /// To run this command with the words that follow.
        case command(CommandSyntax, [String])
    }

    /// Selects the command that the first word names.
    ///
    /// - Throws: a usage failure that names the word and the nearest command.
    public func parse(_ words: [String]) throws(Failure) -> Request {
        guard let word = words.first else {
            throw Failure(.usage, "\(name) needs a command", hint: "See '\(name) --help'.")
        }
        if word == "--help" || word == "-h" { return .help }
        if let command = commands.first(where: { $0.verb == word }) {
            return .command(command, Array(words.dropFirst()))
        }
        let near = closest(to: word, among: commands.map(\.verb))
        throw Failure(
            .usage, "there is no command '\(name) \(word)'",
            hint: near.map { "Did you mean '\(name) \($0)'?" } ?? "See '\(name) --help'.")
    }

    /// The text of `--help`.
    public var help: String {
        let table = helpTable("Commands:", commands.map { ($0.verb, $0.summary) })
        return """
            \(name): \(summary)

            Usage: \(name) COMMAND [OPTION…]

            \(table)

            See '\(name) COMMAND --help' for the options of one.

            """
    }
}

extension CommandSyntax {
    /// The last word of the name.
    public var verb: String { name.split(separator: " ").last.map(String.init) ?? name }
}
