import Arguments
import Diagnostics
import Files
import Glibc
import Texts

/// What every program of Figment does around its work: read the command line, show help, and turn a failure
/// into words on stderr and an exit status.
public enum Program {
    /// Parses the command line, runs the command, and ends the process with its exit status.
    public static func run(
        _ syntax: CommandSyntax, _ body: (ParsedArguments) throws(Failure) -> ExitStatus
    ) -> Never {
        finish(syntax.name) { () throws(Failure) in
            try perform(syntax, words: words(), body)
        }
    }

    /// The same for a program of several commands; each stands beside what it does.
    public static func run(
        _ name: String, _ summary: String,
        _ commands: [(syntax: CommandSyntax, body: (ParsedArguments) throws(Failure) -> ExitStatus)]
    ) -> Never {
        let group = CommandGroup(name, summary, commands.map(\.syntax))
        finish(name) { () throws(Failure) in
            switch try group.parse(words()) {
            case .help:
                StandardOutput.write(TerminalText(verbatim: group.help))
                return .success
            case .command(let chosen, let words):
                for command in commands where command.syntax.name == chosen.name {
                    return try perform(command.syntax, words: words, command.body)
                }
                throw Failure(.bug, "the command '\(chosen.name)' is declared but has no body")
            }
        }
    }

    private static func perform(
        _ syntax: CommandSyntax, words: [String], _ body: (ParsedArguments) throws(Failure) -> ExitStatus
    ) throws(Failure) -> ExitStatus {
        switch try syntax.parse(words) {
        case .help:
            StandardOutput.write(TerminalText(verbatim: syntax.help))
            return .success
        case .run(let arguments): return try body(arguments)
        }
    }

    /// The words of the command line after the program's name.
    ///
    /// - Throws: usage where one is not UTF-8: Swift would make another name of it.
    public static func words() throws(Failure) -> [String] {
        var words: [String] = []
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let word = CommandLine.unsafeArgv[index] else { break }
            words.append(try text(word, "argument \(index)"))
        }
        return words
    }

    /// The value of an environment variable; nil where it is not set, or empty.
    ///
    /// - Throws: usage where it is not UTF-8.
    static func variable(_ name: String) throws(Failure) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return try text(value, "the variable \(name)")
    }

    private static func text(_ bytes: UnsafePointer<CChar>, _ what: String) throws(Failure) -> String {
        guard let text = String(validatingCString: bytes) else {
            throw Failure(
                .usage, "\(what) is not UTF-8: \(Path.shown(bytes))",
                hint: "Rename the file or folder, or convert the text to UTF-8.")
        }
        return text
    }

    /// Lets SIGQUIT end the process, unless whoever started it wants it ignored: Swift's runtime would print where the
    /// program is, and go on.
    private static func endOnQuit() {
        var action = sigaction()
        guard sigaction(SIGQUIT, nil, &action) == 0 else { return }
        let isIgnored = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
        if !isIgnored { signal(SIGQUIT, SIG_DFL) }
    }

    /// Ends the process: with the status of `body`, or with its failure told on stderr.
    public static func finish(_ name: String, _ body: () throws(Failure) -> ExitStatus) -> Never {
        signal(SIGPIPE, SIG_IGN)
        endOnQuit()
        AvailableMemory.giveUpOnAbort()
        do {
            let status = try body()
            try StandardOutput.flush()
            exit(status.rawValue)
        } catch {
            StandardError.write("\(name): \(error.shown)\n")
            exit(error.kind.rawValue)
        }
    }
}

/// How a command that did not fail ended.
public struct ExitStatus: Hashable, Sendable {
    /// The number given to the shell.
    public let rawValue: Int32

    /// All that was asked for is done.
    public static let success = ExitStatus(rawValue: 0)
    /// The command did its work, and the answer is no: a check found damage, a comparison a difference.
    public static let found = ExitStatus(rawValue: 1)
    /// Stopped early by SIGINT or SIGTERM with everything so far recorded; run again to go on.
    public static let interrupted = ExitStatus(rawValue: 130)
}
