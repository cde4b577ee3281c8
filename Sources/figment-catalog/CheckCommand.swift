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
        discussion: """
            Looks at the file's pages, the schema and its migrations, every reference, every uid and digest, recomputed \
            from the rows, every decision against its rule and score, every seed, every pack and payload, and every \
            image, decoded. What a model computed, such as the value of a score, is not computed again. Exits with 1 where something is damaged. \
            Notes are about what nothing needs. Nothing is changed or deleted.
            """,
        [fast, CommonArguments.catalog, CommonArguments.json])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let path = try CommonArguments.catalogPath(arguments)
        let findings = try Catalog.check(at: path, fast: arguments[fast], readingImages: ImageFacts.read)
        let isDamaged = findings.contains { $0.severity == .damage }
        if arguments[CommonArguments.json] {
            let list = findings.map { finding -> JSONValue in
                [
                    "severity": .string(finding.severity.rawValue), "kind": .string(finding.kind.rawValue),
                    "message": .string(finding.message),
                ]
            }
            let json: JSONValue = ["sound": .boolean(!isDamaged), "findings": .array(list)]
            StandardOutput.write(json: json)
        } else {
            for finding in findings {
                StandardOutput.write("\(finding.severity.rawValue): \(finding.message)\n")
            }
            StandardOutput.write("\(path): \(isDamaged ? "damaged" : "nothing is damaged or missing")\n")
        }
        return isDamaged ? .found : .success
    }
}
