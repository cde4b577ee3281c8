import Catalogs
import Diagnostics
import StageKit

/// A named query; of several definitions of a name the newest counts: the one that no other took the place of, and of
/// several, as shards may bring, that of the latest run.
struct Variant {
    let id: Int
    let uid: String
    let name: String
    let sql: String

    /// - Throws: missingResource with the names that there are.
    static func find(_ name: String, in catalog: Catalog) throws(Failure) -> Variant {
        let variants = try all(in: catalog)
        guard let variant = variants.first(where: { $0.name == name }) else {
            let names = variants.map { "'\($0.name)'" }.joined(separator: ", ")
            throw Failure(
                .missingResource, "there is no variant '\(name)'",
                hint: names.isEmpty
                    ? "Define it: figment variant define \(name) \"SELECT …\"." : "There are \(names).")
        }
        return variant
    }

    /// The newest definition of each name, by name.
    static func all(in catalog: Catalog) throws(Failure) -> [Variant] {
        try catalog.rows(
            "SELECT id, uid, name, sql FROM (\(ranked)) WHERE place = 1 ORDER BY name", [:]
        ) { row in Variant(id: row.integer(0), uid: row.text(1), name: row.text(2), sql: row.text(3)) }
    }

    /// The other definitions of the name, newest first.
    func replaced(in catalog: Catalog) throws(Failure) -> [Variant] {
        try catalog.rows(
            "SELECT id, uid, name, sql FROM (\(Self.ranked)) WHERE name = ? AND place > 1 ORDER BY place",
            [.text(name)]
        ) { row in Variant(id: row.integer(0), uid: row.text(1), name: row.text(2), sql: row.text(3)) }
    }

    /// All definitions, each with its place among those of its name, the newest first.
    private static let ranked = """
        SELECT variant.*, row_number() OVER (
            PARTITION BY name ORDER BY \(NewestFirst.order(of: "variant"))) AS place
        FROM variant
        """
}
