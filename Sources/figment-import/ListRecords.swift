import Arguments
import Catalogs
import Diagnostics
import Digests
import Foundation
import JSONValues
import StageKit

/// A class list and its rows; its uid follows from its members, so that importing it again changes nothing.
struct VocabularyRecord {
    struct Concept {
        let key: String
        let name: String
        let weight: Double
    }

    let name: String
    let concepts: [Concept]

    var uid: UID {
        let members = concepts.map { JSONValue.array([.string($0.key), .string($0.name), .real($0.weight)]) }
        return UID(of: "vocabulary", [("concepts", .array(members)), ("name", .string(name))])
    }

    /// Appends the rows unless they are there; says whether it did.
    func record(in session: Session) throws(Failure) -> Bool {
        if try session.catalog.id(of: uid, in: "vocabulary") != nil { return false }
        try session.write { run throws(Failure) in
            let id = try session.catalog.append(
                "vocabulary", uid, ["name": .text(name), "run_id": .integer(run.id)])
            for (position, concept) in concepts.enumerated() {
                let identity = UID(
                    of: "concept", [("key", .string(concept.key)), ("vocabulary", .string(uid.hex))])
                try session.catalog.append(
                    "concept", identity,
                    [
                        "vocabulary_id": .integer(id), "position": .integer(position),
                        "key": .text(concept.key),
                        "name": .text(concept.name), "weight": .real(concept.weight),
                        "run_id": .integer(run.id),
                    ])
            }
        }
        return true
    }
}

/// A template set and its rows.
struct TemplateSetRecord {
    let name: String
    let texts: [String]

    var uid: UID {
        UID(of: "template_set", [("name", .string(name)), ("texts", .array(texts.map(JSONValue.string)))])
    }

    /// Appends the rows unless they are there; says whether it did.
    func record(in session: Session) throws(Failure) -> Bool {
        if try session.catalog.id(of: uid, in: "template_set") != nil { return false }
        try session.write { run throws(Failure) in
            let id = try session.catalog.append(
                "template_set", uid, ["name": .text(name), "run_id": .integer(run.id)])
            for (position, text) in texts.enumerated() {
                let identity = UID(
                    of: "prompt_template",
                    [("position", .integer(position)), ("template_set", .string(uid.hex))])
                try session.catalog.append(
                    "prompt_template", identity,
                    [
                        "template_set_id": .integer(id), "position": .integer(position), "text": .text(text),
                        "run_id": .integer(run.id),
                    ])
            }
        }
        return true
    }
}

/// The closing words of an import of a list.
struct ListReport {
    let kind: NamedList
    let name: String
    let uid: UID
    let count: Int
    let isNew: Bool

    func finish(_ session: Session, _ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        try session.note(.finished, appended: isNew ? count : 0)
        try session.close()
        let isCurrent = try kind.find(name, in: session.catalog).uid == uid.hex
        let json: JSONValue = [
            "uid": .string(uid.hex), "name": .string(name), "members": .integer(count),
            "new": .boolean(isNew), "current": .boolean(isCurrent),
        ]
        if arguments[CommonArguments.json] {
            StandardOutput.write(json: json)
        } else {
            let state = isNew ? "recorded" : "there already"
            StandardOutput.write("\(kind.noun) '\(name)': \(count) members, \(state) (\(uid))")
            StandardOutput.write(
                isCurrent ? "\n" : ";\nthe name means a newer list: import this one under another name\n")
        }
        return .success
    }
}

/// "animals" of "lists/animals.csv".
func fileStem(_ path: String) -> String { URL(filePath: path).deletingPathExtension().lastPathComponent }
