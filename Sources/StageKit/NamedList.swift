import Catalogs
import Diagnostics

/// A class list or a template set, found by its name.
///
/// Lists never change: importing a list of the same name with other members makes a newer one, and the newest of
/// a name is what the name means.
public struct NamedList: Sendable {
    let table: String
    /// What people call one.
    public let noun: String
    let importer: String
    /// The option by which programs take its name.
    let option: String

    /// Class lists.
    public static let vocabulary = NamedList(
        table: "vocabulary", noun: "vocabulary", importer: "figment import concepts FILE",
        option: "--vocabulary")
    /// Template sets.
    public static let templateSet = NamedList(
        table: "template_set", noun: "template set", importer: "figment import templates FILE",
        option: "--templates")

    /// The newest list of a name; without a name the only one there is.
    ///
    /// - Throws: missingResource where there is none; usage where the name is missing and there are several.
    public func find(_ name: String?, in catalog: Catalog) throws(Failure) -> (
        id: Int, uid: String, name: String
    ) {
        let lists = try catalog.rows(
            """
            SELECT id, uid, name FROM (
                SELECT id, uid, name, row_number() OVER (
                    PARTITION BY name ORDER BY \(NewestFirst.order(of: table))) AS place
                FROM \(table))
            WHERE place = 1 ORDER BY id
            """, []
        ) { row in (id: row.integer(0), uid: row.text(1), name: row.text(2)) }
        guard let name else {
            if lists.count == 1 { return lists[0] }
            guard !lists.isEmpty else {
                throw Failure(
                    .missingResource, "the catalog holds no \(noun)", hint: "Run '\(importer)' first.")
            }
            throw Failure(
                .usage, "the catalog holds more than one \(noun)",
                hint: "Name one of \(quoted(lists.map(\.name))) by \(option).")
        }
        guard let list = lists.first(where: { $0.name == name }) else {
            throw Failure(
                .missingResource, "the catalog holds no \(noun) named '\(name)'",
                hint: lists.isEmpty ? "Run '\(importer)' first." : "There are \(quoted(lists.map(\.name))).")
        }
        return list
    }

    private func quoted(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}
