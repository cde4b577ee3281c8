import Diagnostics
import JSONValues
import Testing

@testable import Arguments

private enum Sampler: String, CaseIterable, Sendable {
    case ddim
    case pndm
}

private let seed = Argument.option("seed", .integer(in: 0...), default: 0, "the seed of the first image")
private let guidance = Argument.option("guidance", .real(in: 0...50), default: 2.5, "how much to exaggerate")
private let sampler = Argument.option("sampler", .choice(of: Sampler.self), default: .ddim, "the sampler")
private let limit = Argument.optional("limit", .integer(in: 1...9), "at most this many")
private let model = Argument.required("model", .text("DIR"), "the checkpoint")
private let tags = Argument.repeated("tag", .text("WORD"), "a word to record")
private let dryRun = Argument.flag("dry-run", "only say what would be done")
private let snapshot = Argument.positional("SNAPSHOT", .text(), "the snapshot to export")
private let files = Argument.positionals("FILE", .text(), "files to take along")
private let syntax = CommandSyntax(
    "figment trial", "tries everything", discussion: "A longer word about it.",
    [seed, guidance, sampler, limit, model, tags, dryRun, snapshot, files])

private func parse(_ line: String) throws(Failure) -> ParsedArguments {
    guard case .run(let arguments) = try syntax.parse(line.split(separator: " ").map(String.init)) else {
        throw Failure(.bug, "help was asked for")
    }
    return arguments
}

@Suite struct ParsingTests {
    @Test func readsEveryKindOfArgument() throws {
        let arguments = try parse(
            "--seed 7 --guidance=0.5 --sampler pndm --limit 3 --model m --tag a --tag=b --dry-run s f -- --g")
        #expect(arguments[seed] == 7)
        #expect(arguments[guidance] == 0.5)
        #expect(arguments[sampler] == .pndm)
        #expect(arguments[limit] == 3)
        #expect(arguments[model] == "m")
        #expect(arguments[tags] == ["a", "b"])
        #expect(arguments[dryRun])
        #expect(arguments[snapshot] == "s")
        #expect(arguments[files] == ["f", "--g"])
    }

    @Test func fillsInDefaults() throws {
        let arguments = try parse("s --model=x=y")
        #expect(arguments[seed] == 0)
        #expect(arguments[guidance] == 2.5)
        #expect(arguments[sampler] == .ddim)
        #expect(arguments[limit] == nil)
        #expect(arguments[model] == "x=y")
        #expect(arguments[tags].isEmpty)
        #expect(!arguments[dryRun])
        #expect(arguments[files].isEmpty)
    }

    @Test func recordsEffectiveValues() throws {
        let text = try parse("s --model m --tag a").json { $0 }.text
        #expect(
            text == """
                {"FILE":[],"SNAPSHOT":"s","dry-run":false,"guidance":2.5,"limit":null,"model":"m",\
                "sampler":"ddim","seed":0,"tag":["a"]}
                """)
    }

    @Test func takesNegativeNumbersAsValues() throws {
        let shift = Argument.option("shift", .integer(in: -5...5), default: 0, "a shift")
        guard case .run(let arguments) = try CommandSyntax("t", "s", [shift]).parse(["--shift", "-3"]) else {
            Issue.record("help was asked for")
            return
        }
        #expect(arguments[shift] == -3)
    }

    @Test(arguments: [
        ("s", "--model is missing: the checkpoint"),
        ("--model m", "SNAPSHOT is missing: the snapshot to export"),
        ("s --model m --seed -1", "--seed takes an integer from 0, not '-1'"),
        ("s --model m --limit 10", "--limit takes an integer from 1 to 9, not '10'"),
        ("s --model m --guidance nan", "--guidance takes a number from 0.0 to 50.0, not 'nan'"),
        ("s --model m --sampler euler", "--sampler takes one of ddim, pndm, not 'euler'"),
        ("s --model m --seed 1 --seed 2", "--seed is given twice"),
        ("s --model m --seed", "--seed needs a value (N)"),
        ("s --seed --model m", "--seed needs a value (N)"),
        ("s --model=", "--model takes a text that is not empty, not ''"),
        ("s --model m --dry-run=yes", "--dry-run takes no value"),
        ("s --model m -x", "there is no option '-x'"),
    ])
    func refusesWithTheArgumentsName(line: String, message: String) {
        let failure = #expect(throws: Failure.self) { try parse(line) }
        #expect(failure?.kind == .usage)
        #expect(failure?.summary == message)
        #expect(failure?.hint == "See 'figment trial --help'.")
    }

    @Test func refusesSurplusPositionals() {
        let failure = #expect(throws: Failure.self) {
            try CommandSyntax("t", "s", [snapshot]).parse(["a", "b"])
        }
        #expect(failure?.summary == "there is no place for the argument 'b'")
    }

    @Test func suggestsTheNearestOption() {
        let failure = #expect(throws: Failure.self) { try parse("s --modle m") }
        #expect(failure?.summary == "there is no option '--modle'")
        #expect(failure?.hint == "Did you mean '--model'?")
    }
}

@Suite struct SpellingTests {
    @Test func countsEdits() {
        #expect(editDistance("", "abc") == 3)
        #expect(editDistance("kitten", "sitting") == 3)
        #expect(editDistance("fitler", "filter") == 1)
        #expect(editDistance("same", "same") == 0)
    }

    @Test func findsOnlyWhatIsNear() {
        #expect(closest(to: "genrate", among: ["export", "generate"]) == "generate")
        #expect(closest(to: "xyz", among: ["export", "generate"]) == nil)
        #expect(closest(to: "x", among: []) == nil)
    }
}

@Suite struct HelpTests {
    @Test func showsTheWholeSyntax() throws {
        guard case .help = try syntax.parse(["--nonsense-after", "--help"].reversed()) else {
            Issue.record("--help does not ask for help")
            return
        }
        #expect(
            syntax.help == """
                figment trial: tries everything

                Usage: figment trial --model DIR [OPTION…] SNAPSHOT [FILE…]

                A longer word about it.

                Arguments:
                  SNAPSHOT                the snapshot to export
                  FILE                    files to take along

                Options:
                  --seed N                the seed of the first image (default: 0)
                  --guidance X            how much to exaggerate (default: 2.5)
                  --sampler ddim|pndm     the sampler (default: ddim)
                  --limit N               at most this many
                  --model DIR             the checkpoint (required)
                  --tag WORD              a word to record (may be repeated)
                  --dry-run               only say what would be done
                  --help                  show this text and stop

                """)
    }

    @Test func wrapsLongTexts() {
        let long = Argument.flag("long", String(repeating: "word ", count: 30) + "end")
        let wide = Argument.option("wide", .choice(of: ["alpha", "beta", "gamma"]), default: "beta", "pick")
        let help = CommandSyntax("t", "s", [long, wide]).help
        #expect(help.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(help.contains("  --wide alpha|beta|gamma\n                          pick (default: beta)\n"))
    }
}

@Suite struct CommandGroupTests {
    let group = CommandGroup(
        "figment variant", "names queries",
        [
            CommandSyntax("figment variant define", "names one"),
            CommandSyntax("figment variant freeze", "runs it"),
        ])

    @Test func selectsByTheFirstWord() throws {
        guard case .command(let command, let rest) = try group.parse(["freeze", "--x", "y"]) else {
            Issue.record("no command was selected")
            return
        }
        #expect(command.name == "figment variant freeze")
        #expect(rest == ["--x", "y"])
    }

    @Test func suggestsTheNearestCommand() {
        let failure = #expect(throws: Failure.self) { try group.parse(["frezee"]) }
        #expect(failure?.summary == "there is no command 'figment variant frezee'")
        #expect(failure?.hint == "Did you mean 'figment variant freeze'?")
        let empty = #expect(throws: Failure.self) { try group.parse([]) }
        #expect(empty?.summary == "figment variant needs a command")
    }

    @Test func listsItsCommands() throws {
        guard case .help = try group.parse(["--help"]) else {
            Issue.record("--help does not ask for help")
            return
        }
        #expect(
            group.help.contains("  define                  names one\n  freeze                  runs it\n"))
    }
}
