import Arguments
import Catalogs
import Diagnostics
import JSONValues
import StageKit

/// `figment check`: whether anything is damaged or missing; it never deletes.
enum CheckCommand {
    private static let fast = Argument<Bool>.flag(
        "fast", "leave out what reads every byte of payloads and indices")

    static let syntax = CommandSyntax(
        "figment-catalog check", "proves that nothing is damaged or missing",
        discussion: "Exits with 1 where something is damaged. Nothing is changed or deleted.",
        [fast, CommonArguments.catalog, CommonArguments.json])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let path = CommonArguments.catalogPath(arguments)
        let findings = try Catalog.open(at: path, mode: .readOnly).check(fast: arguments[fast])
        let isDamaged = findings.contains { $0.severity == .damage }
        if arguments[CommonArguments.json] {
            let list = findings.map {
                JSONValue.object(
                    JSONObject([
                        ("severity", .string($0.severity.rawValue)), ("message", .string($0.message)),
                    ]))
            }
            let json: JSONValue = ["sound": .boolean(!isDamaged), "findings": .array(list)]
            StandardOutput.write(json.text + "\n")
        } else {
            for finding in findings {
                StandardOutput.write("\(finding.severity.rawValue): \(finding.message)\n")
            }
            StandardOutput.write("\(path): \(isDamaged ? "damaged" : "nothing is damaged or missing")\n")
        }
        return isDamaged ? .found : .success
    }
}
