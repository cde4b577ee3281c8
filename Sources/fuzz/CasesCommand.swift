import Arguments
import Diagnostics
import Files
import Glibc
import StageKit
import Texts

/// `fuzz cases`: tries cases of one kind, one after the other, in this process.
///
/// For each it writes a byte when it is done: `.` where the input was taken, `x` where it was refused; or a line that
/// begins with `!`, where a promise was not kept. What is written ends where the process does, so that whoever reads
/// knows by which case it came.
enum CasesCommand {
    private static let kindName = Argument<String>.positional("KIND", .text(), "the kind of the cases")
    static let first = Argument<Int>.option(
        "first", .integer(in: 0...), default: 0, "the number of the first case")
    static let count = Argument<Int>.option("count", .integer(in: 1...), default: 1, "how many cases")
    private static let keep = Argument<Bool>.flag("keep", "leave in the scratch folder what was tried last")
    static let fixtures = Argument<String>.option(
        "fixtures", .path("DIR"), default: "Tests/Fixtures", "the fixtures of the tests")
    static let made = Argument<String>.required("made", .path("DIR"), "the catalog that tools/fuzz has made")
    static let scratch = Argument<String>.required("scratch", .path("DIR"), "where cases are laid out")

    static let places: [any DeclaredArgument] = [fixtures, made, scratch]

    /// The most memory that a case may take, in bytes.
    static let memoryLimit = 1 << 30

    static let syntax = CommandSyntax(
        "fuzz cases", "tries cases of one kind, one after the other",
        [kindName, first, count, keep] + places + [CommonArguments.seed])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        guard let found = KindOfCase.all.first(where: { $0.name == arguments[kindName] }) else {
            throw Failure(
                .usage, "there is no kind '\(arguments[kindName])'",
                hint: "Name one of \(KindOfCase.all.map(\.name).joined(separator: ", ")).")
        }
        let material = Material(
            fixtures: try Path.absolute(arguments[fixtures]), made: try Path.absolute(arguments[made]),
            programs: try programs())
        let scratch = try Scratch(Path.absolute(arguments[scratch]), isKept: arguments[keep])
        let kind = try found.ready(material)
        // What a program is handed lies in the folder in which it is started.
        guard chdir(scratch.path) == 0 else { throw .system("go to", scratch.path, errno) }
        for number in arguments[first]..<arguments[first] + arguments[count] {
            var dice = Dice(seed: arguments[CommonArguments.seed], kind: found.name, number: number)
            var verdict = "."
            do throws(Failure) {
                try kind.attempt(&dice, in: scratch)
            } catch {
                if arguments[keep] { StandardError.write("\(error)\n") }
                verdict = error.kind == .bug ? "!\(TerminalText.shown(error.summary, limit: 300))\n" : "x"
            }
            // The measure never falls, so that the next case needs a new process.
            let isTooLarge = peak() > memoryLimit
            write(isTooLarge ? "!it takes \(peak() >> 20) MiB\n" : verdict)
            if isTooLarge { return .found }
        }
        return .success
    }

    /// The folder that this program is in.
    private static func programs() throws(Failure) -> String {
        guard let own = try Path.resolved("/proc/self/exe") else { throw Failure(.io, "no /proc") }
        return Path.split(own).folder
    }

    private static func peak() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Int(usage.ru_maxrss) << 10
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDOUT_FILENO, bytes, bytes.count)
    }
}
