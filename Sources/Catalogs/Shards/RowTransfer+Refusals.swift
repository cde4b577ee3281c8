import CatalogSchema
import Diagnostics
import SQLite

// Rows that are not taken, each with its reason, in `temp.refused`.
extension RowTransfer {
    /// Refuses a row, unless it is refused already.
    func refuse(_ table: String, _ id: Int, _ uid: String, _ reason: String) throws(Failure) {
        try run(
            "INSERT OR IGNORE INTO temp.refused VALUES (?, ?, ?, ?)",
            [.text(table), .integer(id), .text(uid), .text(reason)])
    }

    /// Takes refused rows out of the maps, and refuses the new rows that hang on one, or on a row that is missing, and
    /// the generations whose image is.
    func refuseDependents() throws(Failure) {
        while try countRefused() != settledRefusals {
            settledRefusals = try countRefused()
            try dropRefused()
            try refuseNextDependents()
            try refuseGenerationsWithoutImage()
        }
    }

    private func countRefused() throws(Failure) -> Int {
        try catalog.integer("SELECT count(*) FROM temp.refused")
    }

    private func dropRefused() throws(Failure) {
        for entity in Entity.all {
            try run(
                """
                DELETE FROM temp.map_\(entity.table)
                WHERE theirs IN (SELECT theirs FROM temp.refused WHERE entity = '\(entity.table)')
                """)
        }
    }

    private func refuseNextDependents() throws(Failure) {
        for entity in Entity.all {
            let table = entity.table
            let references = shape(table).rowReferences
            if !references.isEmpty {
                try run(
                    """
                    INSERT OR IGNORE INTO temp.refused
                    SELECT '\(table)', own.theirs, entity.uid, \(Self.reason(references))
                    FROM temp.map_\(table) AS own CROSS JOIN other.\(table) AS entity ON entity.id = own.theirs
                    WHERE own.ours IS NULL AND (\(Self.isUnmapped(references)))
                    """)
            }
            for part in entity.parts where !growingParts.contains(part.table) {
                let references = shape(part.table).rowReferences.filter { $0.column != part.parent }
                if references.isEmpty { continue }
                try run(
                    """
                    INSERT OR IGNORE INTO temp.refused
                    SELECT '\(table)', own.theirs, item.uid, \(Self.reason(references))
                    FROM other.\(part.table) AS entity
                    JOIN temp.map_\(table) AS own ON own.theirs = entity.\(part.parent)
                    JOIN other.\(table) AS item ON item.id = own.theirs
                    WHERE own.ours IS NULL AND (\(Self.isUnmapped(references)))
                    """)
            }
        }
    }

    /// A generation here says that its image has been made, so one without it would keep it from being made again.
    private func refuseGenerationsWithoutImage() throws(Failure) {
        try run(
            """
            INSERT OR IGNORE INTO temp.refused
            SELECT 'generation', own.theirs, entity.uid, 'its image is refused, or missing from the shard'
            FROM temp.map_generation AS own CROSS JOIN other.generation AS entity ON entity.id = own.theirs
            WHERE own.ours IS NULL AND NOT EXISTS (
                SELECT 1 FROM other.image AS made JOIN temp.map_image AS image ON image.theirs = made.id
                WHERE made.generation_id = entity.id)
            """)
    }

    private static func isUnmapped(_ references: [(column: String, table: String)]) -> String {
        references.map(isUnmapped).joined(separator: " OR ")
    }

    private static func isUnmapped(_ column: String, _ table: String) -> String {
        """
        (entity.\(column) IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM temp.map_\(table) WHERE theirs = entity.\(column)))
        """
    }

    private static func reason(_ references: [(column: String, table: String)]) -> String {
        let cases = references.map { column, table in
            """
            WHEN \(isUnmapped(column, table)) THEN 'it hangs on ' || coalesce(
                (SELECT '\(table) ' || uid || ', which is refused' FROM other.\(table) WHERE id = entity.\(column)),
                'a row of \(table) that the shard lacks')
            """
        }
        return "CASE \(cases.joined(separator: " ")) END"
    }
}
