import Arguments
import Catalogs
import Diagnostics
import Digests
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
    let uid: UID

    init(name: String, concepts: [Concept]) {
        self.name = name
        self.concepts = concepts
        uid = UID(
            of: "vocabulary", [("name", .string(name))],
            list: (
                "concepts",
                concepts.lazy.map { .array([.string($0.key), .string($0.name), .real($0.weight)]) }
            ))
    }

    /// Appends the rows unless they are there; says whether it did.
    func record(in session: Session) throws(Failure) -> Bool {
        let uids = concepts.map {
            UID(of: "concept", [("key", .string($0.key)), ("vocabulary", .string(uid.hex))])
        }
        return try session.record("vocabulary", uid, name) { id, run throws(Failure) in
            for (position, (concept, uid)) in zip(concepts, uids).enumerated() {
                try session.catalog.append(
                    "concept", uid,
                    [
                        "vocabulary_id": .integer(id), "position": .integer(position),
                        "key": .text(concept.key), "name": .text(concept.name),
                        "weight": .real(concept.weight), "run_id": .integer(run.id),
                    ])
            }
        }
    }
}

/// A template set and its rows.
struct TemplateSetRecord {
    let name: String
    let texts: [String]
    let uid: UID

    init(name: String, texts: [String]) {
        self.name = name
        self.texts = texts
        uid = UID(
            of: "template_set", [("name", .string(name))],
            list: ("texts", texts.lazy.map { .string($0) }))
    }

    /// Appends the rows unless they are there; says whether it did.
    func record(in session: Session) throws(Failure) -> Bool {
        let uids = texts.indices.map {
            UID(of: "prompt_template", [("position", .integer($0)), ("template_set", .string(uid.hex))])
        }
        return try session.record("template_set", uid, name) { id, run throws(Failure) in
            for (position, (text, uid)) in zip(texts, uids).enumerated() {
                try session.catalog.append(
                    "prompt_template", uid,
                    [
                        "template_set_id": .integer(id), "position": .integer(position), "text": .text(text),
                        "run_id": .integer(run.id),
                    ])
            }
        }
    }
}

extension Session {
    /// Appends a list and its members in one transaction unless it is there; says whether it did.
    fileprivate func record(
        _ table: String, _ uid: UID, _ name: String, members: (Int, Run) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        if try catalog.id(of: uid, in: table) != nil { return false }
        try write { run throws(Failure) in
            try members(
                try catalog.append(table, uid, ["name": .text(name), "run_id": .integer(run.id)]), run)
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
