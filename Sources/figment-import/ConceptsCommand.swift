import Arguments
import Catalogs
import Diagnostics
import Files
import StageKit

/// `figment import concepts FILE`: a class list from a CSV file.
enum ConceptsCommand {
    private static let file = Argument<String>.positional("FILE", .path(), "a CSV file with a header line")
    private static let vocabulary = Argument<String?>.optional(
        "vocabulary", .text("NAME"), "what to call the class list (default: the file's name)")

    static let syntax = CommandSyntax(
        "figment-import concepts", "brings in a class list",
        discussion: """
            The header names the columns: name is required; key (a short identifier such as a wnid; default: \
            made from the name) and weight (of sampling; default: 1) may follow in any order. Names and keys must \
            differ from one another.
            """,
        [file, vocabulary] + CommonArguments.recording)

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let path = arguments[file]
        let table = try CSVTable(parsing: InputFile(path).bytes(limit: 1 << 28), file: path)
        let concepts = try read(table)
        let session = try Session("figment-import", arguments)
        let list = VocabularyRecord(name: arguments[vocabulary] ?? Path.stem(of: path), concepts: concepts)
        let isNew = try list.record(in: session)
        return try ListReport(
            kind: .vocabulary, name: list.name, uid: list.uid, count: concepts.count, isNew: isNew
        )
        .finish(session, arguments)
    }

    /// The concepts of a table, checked.
    static func read(_ table: CSVTable) throws(Failure) -> [VocabularyRecord.Concept] {
        let known = ["name", "key", "weight"]
        for column in table.header where !known.contains(column) {
            throw Failure(
                .badInput, "\(table.file): unknown column '\(column)' in the header",
                hint: "The columns are name, key and weight.")
        }
        guard Set(table.header).count == table.header.count, let name = table.header.firstIndex(of: "name")
        else {
            throw Failure(
                .badInput, "\(table.file): the header is '\(table.header.joined(separator: ","))'",
                hint: "Begin the file with 'name' or 'name,key,weight', each column once.")
        }
        let key = table.header.firstIndex(of: "key")
        let weight = table.header.firstIndex(of: "weight")
        var (names, keys): ([String: Int], [String: Int]) = ([:], [:])
        var concepts: [VocabularyRecord.Concept] = []
        try table.forEachRow { row throws(Failure) in
            let place = "\(table.file), line \(row.line)"
            let name = row.fields[name].trimmed
            guard !name.isEmpty, !name.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
                throw Failure(
                    .badInput, "\(place): field 'name' is empty or holds a control character",
                    hint: "Give the class a name.")
            }
            let given = key.map { row.fields[$0].trimmed } ?? ""
            guard name.unicodeScalars.count <= 2_000, given.unicodeScalars.count <= 2_000 else {
                throw Failure(
                    .badInput, "\(place): a name or key of more than 2,000 characters", hint: "Shorten it.")
            }
            let concept = VocabularyRecord.Concept(
                key: given.isEmpty ? slug(name) : given, name: name,
                weight: try weight.map { index throws(Failure) in try number(row.fields[index], place) } ?? 1)
            if let line = names.updateValue(row.line, forKey: concept.name) {
                throw repeated("name", concept.name, place, line)
            }
            if let line = keys.updateValue(row.line, forKey: concept.key) {
                throw repeated("key", concept.key, place, line)
            }
            concepts.append(concept)
        }
        guard !concepts.isEmpty else {
            throw Failure(
                .badInput, "\(table.file) has a header and no rows", hint: "Add a line for each class.")
        }
        return concepts
    }

    private static func repeated(_ field: String, _ value: String, _ place: String, _ line: Int) -> Failure {
        Failure(
            .badInput, "\(place): field '\(field)' has the same \(field) \(value) as line \(line)",
            hint: "Classes of one name get the same captions; tell them apart by name and key.")
    }

    private static func number(_ text: String, _ place: String) throws(Failure) -> Double {
        if text.trimmed.isEmpty { return 1 }
        guard let number = Double(text.trimmed), number.isFinite, number >= 0 else {
            throw Failure(
                .badInput, "\(place): field 'weight' is '\(text)'",
                hint: "Use a number from 0, or leave it empty.")
        }
        return number + 0
    }

    /// Lower-case letters and digits, everything else a hyphen.
    static func slug(_ name: String) -> String {
        let words = name.lowercased().split { !($0.isLetter || $0.isNumber) }
        return words.isEmpty ? name : words.joined(separator: "-")
    }
}
