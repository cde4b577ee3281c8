import Arguments
import Diagnostics
import Files
import Foundation
import StageKit
import Texts

/// `figment VERB …` becomes `figment-VERB …`: a program beside this one, or anyone's on PATH.
enum FrontDoor {
    static func main() -> Never {
        Program.finish("figment") { () throws(Failure) in
            let words = try Program.words()
            guard let first = words.first, first != "--help", first != "-h", first != "help" else {
                StandardOutput.write(TerminalText(verbatim: help))
                return .success
            }
            if first == "--version" {
                StandardOutput.write("figment \(ProgramVersion.current)\n")
                return .success
            }
            throw try replaceProcess(by: first, Array(words.dropFirst()))
        }
    }

    static var help: String {
        let width = (Verb.all.map(\.name.count).max() ?? 0) + 2
        let verbs = Verb.all.map {
            "  " + $0.name.padding(toLength: width, withPad: " ", startingAt: 0) + $0.summary
        }
        return """
            figment: synthetic image datasets whose every image says where it came from

            Usage: figment VERB [OPTION…]

            Verbs:
            \(verbs.joined(separator: "\n"))

            See 'figment VERB --help' for the options of one. The catalog is --catalog FILE,
            else $FIGMENT_CATALOG, else catalog.sqlite. Any program figment-NAME on PATH is
            a verb too.

            """
    }

    /// Runs the program of a verb in place of this process; comes back only with the reason why that failed.
    private static func replaceProcess(by verb: String, _ words: [String]) throws(Failure) -> Failure {
        let known = Verb.all.first { $0.name == verb }
        let program = known?.program ?? ["figment-\(verb)"]
        guard let path = find(program[0]) else {
            if known != nil {
                throw Failure(
                    .missingResource,
                    "the program '\(program[0])' is not installed beside figment nor on PATH",
                    hint: "Install all of Figment's programs into one folder.")
            }
            let near = closest(to: verb, among: Verb.all.map(\.name))
            throw Failure(
                .usage, "there is no verb '\(verb)', and no program figment-\(verb) on PATH",
                hint: near.map { "Did you mean 'figment \($0)'?" } ?? "See 'figment --help'.")
        }
        var arguments = (program + words).map { strdup($0) } + [nil]
        execv(path, &arguments)
        return Failure(.io, "cannot run \(path): \(String(cString: strerror(errno)))")
    }

    /// The program beside this one, else the first on PATH.
    private static func find(_ program: String) -> String? {
        guard FileName(program) != nil else { return nil }
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let beside = own.map { Path.split($0).folder }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = [beside].compactMap { $0 } + path.split(separator: ":").map(String.init)
        return folders.map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
