import Catalogs
import Diagnostics

/// A named query; of several definitions of a name the newest counts.
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
            "SELECT max(id), uid, name, sql FROM variant GROUP BY name ORDER BY name", [:]
        ) { row in Variant(id: row.integer(0), uid: row.text(1), name: row.text(2), sql: row.text(3)) }
    }

    /// The earlier definitions of the name, newest first.
    func replaced(in catalog: Catalog) throws(Failure) -> [Variant] {
        try catalog.rows(
            "SELECT id, uid, name, sql FROM variant WHERE name = ? AND id < ? ORDER BY id DESC",
            [.text(name), .integer(id)]
        ) { row in Variant(id: row.integer(0), uid: row.text(1), name: row.text(2), sql: row.text(3)) }
    }
}
