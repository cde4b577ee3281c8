import CatalogSchema
import Diagnostics
import SQLite

// Choosing a part of the other catalog that can stand alone.
extension RowTransfer {
    /// What work of any kind needs, all of it.
    private static let material = [
        "vocabulary", "concept", "template_set", "prompt_template", "background", "relation", "example",
        "model",
        "measurement", "filter_rule", "variant",
    ]

    /// Chooses items, what has been done on them, the material of all work, and all that any of it refers to.
    func select(_ items: [Int], for work: ShardWork) throws(Failure) {
        for id in items {
            try run("INSERT OR IGNORE INTO temp.map_\(work.table) (theirs) VALUES (?)", [.integer(id)])
        }
        for (table, column, parent) in work.done {
            try choose(
                table,
                """
                SELECT entity.id FROM temp.map_\(parent) AS own
                JOIN other.\(table) AS entity ON entity.\(column) = own.theirs
                """)
        }
        try choose("refusal", "SELECT id FROM other.refusal WHERE stage = '\(work.rawValue)'")
        for table in Self.material { try choose(table, "SELECT id FROM other.\(table)") }
        try choose("conditioning", "SELECT id FROM other.conditioning WHERE kind = 'unconditional'")
        while try chooseReferred() > 0 {}
        for (table, _) in payloadColumns {
            try choose(
                "pack",
                """
                SELECT entity.pack_id FROM temp.map_\(table) AS own
                JOIN other.\(table) AS entity ON entity.id = own.theirs
                """)
        }
    }

    /// Chooses what chosen rows, their parts and their lists refer to; gives the number of rows that were added.
    private func chooseReferred() throws(Failure) -> Int {
        var count = 0
        for entity in Entity.all.reversed() {
            let table = entity.table
            for (column, target) in shape(table).rowReferences {
                count += try choose(
                    target,
                    """
                    SELECT entity.\(column) FROM temp.map_\(table) AS own
                    CROSS JOIN other.\(table) AS entity ON entity.id = own.theirs
                    WHERE entity.\(column) IS NOT NULL
                    """)
            }
            for part in entity.parts {
                for (column, target) in shape(part.table).rowReferences where column != part.parent {
                    count += try choose(
                        target,
                        """
                        SELECT entity.\(column) FROM other.\(part.table) AS entity
                        JOIN temp.map_\(table) AS own ON own.theirs = entity.\(part.parent)
                        WHERE entity.\(column) IS NOT NULL
                        """)
                }
            }
        }
        return count
    }

    @discardableResult
    private func choose(_ table: String, _ ids: String) throws(Failure) -> Int {
        try run("INSERT OR IGNORE INTO temp.map_\(table) (theirs) \(ids)")
    }
}
