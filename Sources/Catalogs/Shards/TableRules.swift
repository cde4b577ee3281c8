import CatalogSchema
import Diagnostics
import SQLite

/// What the schema asks of a table's rows, as SQL over a row called `entity` that tells which of it a row breaks.
///
/// SQLite applies these rules to whoever inserts. A file that came from elsewhere may hold rows that were put there
/// without them, and one such row must not keep out the others.
struct TableRules {
    /// Says what a row breaks first, or is null.
    let breach: String

    init(_ table: String, in catalog: Catalog) throws(Failure) {
        // typeof() and not IS NULL: SQLite takes a column that is declared NOT NULL for one that never is.
        let types = try catalog.rows(
            "SELECT name, lower(type), \"notnull\" FROM pragma_table_info(?) WHERE name <> 'id'",
            [.text(table)]
        ) { row in
            let (name, type) = (row.text(0), row.text(1))
            let allowed = row.integer(2) == 1 ? "'\(type)'" : "'\(type)', 'null'"
            return "WHEN typeof(entity.\(name)) NOT IN (\(allowed)) THEN 'its \(name) is no \(type)'"
        }
        let sql = try catalog.rows(
            "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?", [.text(table)]
        ) { $0.text(0) }
        let checks = Self.checks(in: sql.first ?? "").map { check in
            "WHEN NOT (\(check.condition)) THEN 'it breaks the constraint \(check.name)'"
        }
        breach = "CASE \((types + checks).joined(separator: " ")) END"
    }

    /// The named CHECKs of a statement that makes a table.
    static func checks(in sql: String) -> [(name: String, condition: String)] {
        sql.matches(of: /CONSTRAINT\s+(\w+)\s+CHECK\s*\(/).map { match in
            var depth = 1
            var isQuoted = false
            let condition = sql[match.range.upperBound...].prefix { character in
                if character == "'" { isQuoted.toggle() }
                if !isQuoted, character == "(" { depth += 1 }
                if !isQuoted, character == ")" { depth -= 1 }
                return depth > 0
            }
            return (String(match.1), String(condition))
        }
    }
}

extension RowTransfer {
    /// Refuses the new rows that SQLite would not let in, and those with parts that it would not.
    func refuseBreaches() throws(Failure) {
        for entity in Entity.all {
            let table = entity.table
            let uid = """
                (SELECT iif(typeof(uid) = 'text', uid, '') FROM other.\(table) WHERE id = own.theirs)
                """
            try run(
                """
                INSERT OR IGNORE INTO temp.refused
                SELECT '\(table)', theirs, uid, breach FROM (
                    SELECT own.theirs, \(uid) AS uid, \(try TableRules(table, in: catalog).breach) AS breach
                    FROM temp.map_\(table) AS own CROSS JOIN other.\(table) AS entity ON entity.id = own.theirs
                    WHERE own.ours IS NULL)
                WHERE breach IS NOT NULL
                """)
            for part in entity.parts {
                let isDue = growingParts.contains(part.table) ? "" : "WHERE own.ours IS NULL"
                try run(
                    """
                    INSERT OR IGNORE INTO temp.refused
                    SELECT '\(table)', theirs, uid, 'a row of its \(part.table): ' || breach FROM (
                        SELECT own.theirs, \(uid) AS uid, \(try TableRules(part.table, in: catalog).breach) AS breach
                        FROM other.\(part.table) AS entity
                        JOIN temp.map_\(table) AS own ON own.theirs = entity.\(part.parent) \(isDue))
                    WHERE breach IS NOT NULL
                    """)
            }
        }
    }
}
