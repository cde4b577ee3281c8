import CatalogSchema
import Diagnostics
import SQLite

// Which rows of the other catalog are here already, and whether they are the same.
extension RowTransfer {
    /// Maps all rows of the other catalog to those here with their uids.
    ///
    /// - Returns: the greatest id of each table here at this moment.
    func relateAll() throws(Failure) -> [String: Int] {
        var seen: [String: Int] = [:]
        for entity in Entity.all {
            let table = entity.table
            seen[table] = try catalog.integer("SELECT coalesce(max(id), 0) FROM main.\(table)")
            try run(
                """
                INSERT INTO temp.map_\(table) SELECT entity.id, own.id
                FROM other.\(table) AS entity LEFT JOIN main.\(table) AS own ON own.uid = entity.uid
                """)
        }
        return seen
    }

    /// Maps what has come here since: rows that were new may be no more.
    func relateNewcomers(since seen: [String: Int]) throws(Failure) {
        for entity in Entity.all {
            let table = entity.table
            try run(
                """
                UPDATE temp.map_\(table) SET ours = newcomer.ours FROM (
                    SELECT entity.id AS item, own.id AS ours
                    FROM main.\(table) AS own JOIN other.\(table) AS entity ON entity.uid = own.uid
                    WHERE own.id > ?) AS newcomer
                WHERE theirs = newcomer.item AND map_\(table).ours IS NULL
                """, [.integer(seen[table] ?? 0)])
        }
    }

    /// Refuses rows that are here with other content.
    ///
    /// - Parameter seen: of each table the id up to which the rows here have been compared before.
    func refuseContradictions(after seen: [String: Int] = [:]) throws(Failure) {
        for entity in Entity.all {
            try refuseContradictions(of: entity, after: seen[entity.table] ?? 0)
            for part in entity.parts {
                try refuseContradictions(in: part, of: entity, after: seen[entity.table] ?? 0)
            }
        }
    }

    /// The columns in which two makers of the same thing must agree.
    private func agreed(_ entity: Entity) -> [String] {
        let madeOf = entity.identity.compactMap { field in
            if case .reference(let column, _) = field.source { column } else { nil }
        }
        return shape(entity.table).columns.filter { column in
            if column == "run_id" { return madeOf.contains(column) }
            return column != "uid" && !entity.incidental.contains(column)
        }
    }

    private func refuseContradictions(of entity: Entity, after id: Int) throws(Failure) {
        let shape = shape(entity.table)
        let columns = agreed(entity)
        let differences = columns.map { Self.differs($0, shape) }
        let values = columns.map { column in
            let table = shape.references[column]
            let (mine, theirs) = (
                Self.shown("here.\(column)", table, "main"), Self.shown("entity.\(column)", table, "other")
            )
            return "\(mine), \(theirs)"
        }
        try catalog.forEachRow(
            """
            SELECT own.theirs, entity.uid, \((differences + values).joined(separator: ", "))
            FROM temp.map_\(shape.name) AS own
            CROSS JOIN other.\(shape.name) AS entity ON entity.id = own.theirs
            CROSS JOIN main.\(shape.name) AS here ON here.id = own.ours
            WHERE own.ours > ? AND (\(differences.joined(separator: " OR ")))
            """, [.integer(id)]
        ) { row throws(Failure) in
            let reasons = columns.indices.filter { row.integer(2 + $0) != 0 }.map { index in
                let value = 2 + columns.count + 2 * index
                return
                    "\(columns[index]) is \(row.brief(value)) here and \(row.brief(value + 1)) in the shard"
            }
            try refuse(entity.table, row.integer(0), row.text(1), reasons.joined(separator: "; "))
        }
    }

    /// Parts are compared as a whole; of one that grows, what both have.
    private func refuseContradictions(
        in part: Entity.Part, of entity: Entity, after id: Int
    ) throws(Failure) {
        let shape = shape(part.table)
        let compared = shape.columns.filter { $0 != part.parent && $0 != "run_id" }
        let same = compared.map { "NOT \(Self.differs($0, shape))" }.joined(separator: " AND ")
        let sameKey = part.key.map { "AND NOT \(Self.differs($0, shape))" }.joined(separator: " ")
        let isGrowing = growingParts.contains(part.table)
        // A row there that is not the same here, or not here at all.
        let strays =
            isGrowing
            ? """
            JOIN main.\(part.table) AS here ON here.\(part.parent) = own.ours \(sameKey) WHERE NOT (\(same))
            """
            : """
            WHERE NOT EXISTS (
                SELECT 1 FROM main.\(part.table) AS here
                WHERE here.\(part.parent) = own.ours \(sameKey) AND \(same))
            """
        var contradictions = """
            SELECT own.theirs, own.ours FROM other.\(part.table) AS entity
            JOIN temp.map_\(entity.table) AS own ON own.theirs = entity.\(part.parent) AND own.ours > ?1 \(strays)
            """
        if !isGrowing {
            contradictions += """

                UNION SELECT own.theirs, own.ours
                FROM (SELECT DISTINCT \(part.parent) AS parent FROM main.\(part.table)) AS held
                JOIN temp.map_\(entity.table) AS own ON own.ours = held.parent AND own.ours > ?1
                WHERE (SELECT count(*) FROM main.\(part.table) WHERE \(part.parent) = own.ours)
                    <> (SELECT count(*) FROM other.\(part.table) WHERE \(part.parent) = own.theirs)
                """
        }
        try run(
            """
            INSERT OR IGNORE INTO temp.refused
            SELECT DISTINCT '\(entity.table)', differing.theirs, entity.uid,
                'its rows of \(part.table) are not the same here (' || (
                    SELECT count(*) FROM main.\(part.table) WHERE \(part.parent) = differing.ours)
                || ') and in the shard (' || (
                    SELECT count(*) FROM other.\(part.table) WHERE \(part.parent) = differing.theirs) || ')'
            FROM (\(contradictions)) AS differing
            JOIN other.\(entity.table) AS entity ON entity.id = differing.theirs
            """, [.integer(id)])
    }

    /// Whether a column of `entity` and `here` differs; what they refer to is told apart by its uid.
    private static func differs(_ column: String, _ shape: TableShape) -> String {
        guard let table = shape.references[column] else { return "(entity.\(column) IS NOT here.\(column))" }
        return """
            ((SELECT ours FROM temp.map_\(table) WHERE theirs = entity.\(column)) IS NOT here.\(column))
            """
    }

    private static func shown(_ value: String, _ table: String?, _ schema: String) -> String {
        guard let table else { return value }
        return
            "CASE WHEN \(value) IS NOT NULL THEN (SELECT uid FROM \(schema).\(table) WHERE id = \(value)) END"
    }
}

extension Row {
    /// The beginning of a value, for people.
    fileprivate func brief(_ column: Int) -> String {
        let text =
            switch value(column) {
            case .null: "nothing"
            case .integer(let value): "\(value)"
            case .real(let value): "\(value)"
            case .text(let text): "'\(text)'"
            case .blob(let bytes): "x'\(bytes.prefix(24).hex)'"
            }
        return text.count > 60 ? "\(text.prefix(59))…" : text
    }
}
