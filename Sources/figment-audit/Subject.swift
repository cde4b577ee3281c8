import Arguments
import Catalogs
import Diagnostics
import Foundation

/// The row that a word of the command line names.
struct Subject {
    let kind: Kind
    let id: Int
    let uid: String

    /// Finds a row by its id, its uid, the first 6 or more digits of that, or its name.
    ///
    /// A number is an id first. A name that several rows have is refused, with their uids.
    ///
    /// - Parameter names: SQL expressions over the table that may be the word.
    /// - Throws: missingResource where there is none, usage where several fit.
    static func find(
        _ word: String, _ kind: Kind, names: [String] = [], in catalog: Catalog
    ) throws(Failure) -> Subject {
        let table = kind.table
        if let number = Int(word) {
            let found = try rows(
                "SELECT id, uid FROM \(table) WHERE id = ?", [.integer(number)], kind, catalog)
            if let subject = found.first { return subject }
        }
        let digits = word.lowercased()
        if isUIDBeginning(digits) {
            // A uid's beginning is a range of texts: hexadecimal digits sort before "g".
            let found = try rows(
                "SELECT id, uid FROM \(table) WHERE uid >= ? AND uid < ? LIMIT 9",
                [.text(digits), .text(digits + "g")], kind, catalog)
            if let subject = try single(found, word) { return subject }
        }
        for name in names {
            let found = try rows(
                "SELECT id, uid FROM \(table) WHERE \(name) = ? ORDER BY id LIMIT 9", [.text(word)], kind,
                catalog)
            if let subject = try single(found, word) { return subject }
        }
        throw Failure(
            .missingResource, "there is no \(table) '\(word)'",
            hint: try hint(word, kind, names, catalog)
                ?? "Find one: figment query \"SELECT id, uid FROM \(table) LIMIT 5\".")
    }

    private static func rows(
        _ sql: String, _ bindings: [SQLValue], _ kind: Kind, _ catalog: Catalog
    ) throws(Failure) -> [Subject] {
        try catalog.rows(sql, bindings) { Subject(kind: kind, id: $0.integer(0), uid: $0.text(1)) }
    }

    private static func single(_ found: [Subject], _ word: String) throws(Failure) -> Subject? {
        guard found.count > 1 else { return found.first }
        let uids = found.prefix(8).map(\.uid).joined(separator: ", ")
        throw Failure(
            .usage, "several rows of \(found[0].kind.table) are called '\(word)'",
            hint: "Give one by its uid: \(uids)\(found.count > 8 ? ", …" : "").")
    }

    private static func isUIDBeginning(_ word: String) -> Bool {
        (6...32).contains(word.utf8.count) && word.utf8.allSatisfy { (48...57) ~= $0 || (97...102) ~= $0 }
    }

    /// What may have been meant: the uid that begins most alike, or a name that is spelled alike.
    private static func hint(
        _ word: String, _ kind: Kind, _ names: [String], _ catalog: Catalog
    ) throws(Failure) -> String? {
        let digits = word.lowercased()
        if isUIDBeginning(digits) {
            let neighbours = try catalog.rows(
                """
                SELECT max(uid) FROM \(kind.table) WHERE uid < :word
                UNION ALL SELECT min(uid) FROM \(kind.table) WHERE uid > :word
                """, [":word": .text(digits)]
            ) { $0.optionalText(0) ?? "" }
            let shared = neighbours.map { ($0, $0.commonPrefix(with: digits).count) }
            if let (uid, count) = shared.max(by: { $0.1 < $1.1 }), count >= 6 {
                return "The uid that begins most like it is \(uid)."
            }
        }
        for name in names {
            let some = try catalog.rows("SELECT DISTINCT \(name) FROM \(kind.table) LIMIT 1000") {
                $0.text(0)
            }
            if let near = closest(to: word, among: some) { return "Did you mean '\(near)'?" }
        }
        return nil
    }
}
