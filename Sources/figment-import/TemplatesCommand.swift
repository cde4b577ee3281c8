import Arguments
import Catalogs
import Diagnostics
import Files
import StageKit

/// `figment import templates FILE`: a template set, one a line.
enum TemplatesCommand {
    private static let file = Argument<String>.positional(
        "FILE", .path(), "a text file with a template on each line")
    private static let templates = Argument<String?>.optional(
        "templates", .text("NAME"), "what to call the set (default: the file's name)")

    static let syntax = CommandSyntax(
        "figment-import templates", "brings in a template set",
        discussion: """
            Each line is a template, and {} in it stands for the class's name: a photo of a {}. Empty lines and \
            lines that begin with # are passed over.
            """,
        [file, templates] + CommonArguments.recording)

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let path = arguments[file]
        let texts = try read(InputFile(path).bytes(limit: 1 << 26), file: path)
        let session = try Session("figment-import", arguments)
        let set = TemplateSetRecord(name: arguments[templates] ?? Path.stem(of: path), texts: texts)
        let isNew = try set.record(in: session)
        return try ListReport(
            kind: .templateSet, name: set.name, uid: set.uid, count: texts.count, isNew: isNew
        )
        .finish(session, arguments)
    }

    /// The templates of a file, checked.
    static func read(_ bytes: [UInt8], file: String) throws(Failure) -> [String] {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.badInput, "\(file) is not UTF-8", hint: "Convert it: iconv -t UTF-8.")
        }
        let scalars = text.unicodeScalars
        let lines = Substring(scalars.first == "\u{FEFF}" ? scalars.dropFirst() : scalars[...])
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        var texts: [String] = []
        var known: Set<String> = []
        for (index, line) in lines.enumerated() {
            let place = "\(file), line \(index + 1)"
            let template = line.trimmed
            if template.isEmpty || template.utf8.first == UInt8(ascii: "#") { continue }
            guard template.contains("{}") else {
                throw Failure(
                    .badInput, "\(place): '\(template)' has no {}",
                    hint: "Put {} where the class's name goes.")
            }
            guard template.unicodeScalars.count <= 1_000 else {
                throw Failure(
                    .badInput, "\(place): more than 1,000 characters", hint: "Shorten the template.")
            }
            guard !template.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
                throw Failure(.badInput, "\(place): a control character", hint: "Take it out.")
            }
            guard known.insert(template).inserted else {
                throw Failure(
                    .badInput, "\(place): '\(template)' comes a second time", hint: "Take one of the two out."
                )
            }
            texts.append(template)
        }
        guard !texts.isEmpty else {
            throw Failure(.badInput, "\(file) holds no template", hint: "Put one on each line.")
        }
        return texts
    }
}
