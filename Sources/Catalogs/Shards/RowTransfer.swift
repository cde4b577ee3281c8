import CatalogSchema
import Diagnostics
import SQLite

/// Rows of another catalog on their way into this one: which, and under which ids.
///
/// The other catalog is attached as `other`, read-only. For every entity there is a table `temp.map_…` from its rows'
/// ids there (`theirs`) to their ids here (`ours`), which is null for a row that is new here until ids are allotted.
/// Rows that name payloads find their pack in `temp.placed`, or else through `temp.map_pack`.
final class RowTransfer {
    /// The receiving catalog, on a connection of the transfer's own.
    let catalog: Catalog
    /// Where the other catalog is.
    let origin: CatalogLocation
    private let shapes: [String: TableShape]
    /// The greatest id of each table before anything was transferred.
    private var marks: [String: Int] = [:]
    /// How many rows were refused when all that hung on them was; -1 before anything has been looked at.
    var settledRefusals = -1
    private var hasPlaced = false
    /// The id that a row was allotted last.
    private var lastAllotted = 0

    /// Attaches the other catalog, which must be one of this version with an unaltered schema.
    init(from path: String, into catalog: Catalog) throws(Failure) {
        self.catalog = catalog
        origin = try CatalogLocation(existing: path)
        // Opening it refuses what is no catalog, or one of another version.
        _ = try Catalog.open(at: path, mode: .readOnly)
        var shapes: [String: TableShape] = [:]
        for entity in Entity.all {
            for table in [entity.table] + entity.parts.map(\.table) {
                shapes[table] = try TableShape(table, in: catalog)
            }
        }
        self.shapes = shapes
        try failing { [origin] () throws(SQLiteError) in
            try catalog.connection.attach(origin.file, as: "other", isImmutable: origin.isFrozen)
            // What is attached may hold anything: nothing in its schema is to be run.
            catalog.connection.defend()
            try catalog.connection.defineJSONValid()
            try catalog.connection.run("PRAGMA other.cache_size = -65536")
            try catalog.connection.run("PRAGMA temp_store = MEMORY")
            try catalog.connection.define("next_id", argumentCount: 0, isDeterministic: false) {
                [unowned self] _ in
                lastAllotted += 1
                return .integer(lastAllotted)
            }
        }
        try requireSchema(named: path)
        for entity in Entity.all {
            try run("CREATE TEMP TABLE map_\(entity.table) (theirs INTEGER PRIMARY KEY, ours INTEGER) STRICT")
        }
        try run(
            """
            CREATE TEMP TABLE refused (
                entity TEXT NOT NULL, theirs INTEGER NOT NULL, uid TEXT NOT NULL, reason TEXT NOT NULL,
                PRIMARY KEY (entity, theirs)) STRICT, WITHOUT ROWID
            """)
        try run(
            """
            CREATE TEMP TABLE placed (
                entity TEXT NOT NULL, theirs INTEGER NOT NULL, pack INTEGER NOT NULL,
                PRIMARY KEY (entity, theirs)) STRICT, WITHOUT ROWID
            """)
        try run("CREATE TEMP TABLE sealed (theirs INTEGER PRIMARY KEY) STRICT")
    }

    /// Refuses a schema that no migration made; it may have been changed since it was looked at last.
    func requireSchema(named path: String) throws(Failure) {
        try SchemaDeviation.refuseAny(in: "other", of: catalog.connection, named: path)
    }

    /// A table's shape.
    func shape(_ table: String) -> TableShape {
        guard let shape = shapes[table] else { preconditionFailure("\(table) is no table of an entity") }
        return shape
    }

    /// Runs a statement that changes temporary tables, for which no lock is needed.
    @discardableResult
    func run(_ sql: String, _ bindings: [SQLValue] = []) throws(Failure) -> Int {
        try failing { () throws(SQLiteError) in
            try catalog.connection.run(sql, bindings)
            return catalog.connection.changes
        }
    }

    /// Runs `body` on one unchanging state of both catalogs; what it puts into temporary tables stays.
    func onOneState<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        try run("BEGIN")
        defer { catalog.connection.rollBack() }
        let result = try body()
        try run("COMMIT")
        return result
    }

    /// The number of rows that are new here.
    func countNew(_ table: String) throws(Failure) -> Int {
        try catalog.integer("SELECT count(*) FROM temp.map_\(table) WHERE ours IS NULL")
    }
}

// Inserting, inside the one write transaction.
extension RowTransfer {
    /// Gives every new row an id past all that are here, in the order that the rows have there.
    func allot() throws(Failure) {
        for entity in Entity.all {
            let table = entity.table
            let mark = try catalog.integer("SELECT coalesce(max(id), 0) FROM main.\(table)")
            marks[table] = mark
            lastAllotted = mark
            try run("UPDATE temp.map_\(table) SET ours = next_id() WHERE ours IS NULL")
        }
    }

    /// Appends the new rows and their parts, and the parts that have come to rows that were here; gives the number of
    /// rows for each table.
    func insert() throws(Failure) -> [(table: String, count: Int)] {
        // Conditionings and images refer to each other, so no order would do.
        try run("PRAGMA defer_foreign_keys = ON")
        hasPlaced = try catalog.integer("SELECT EXISTS (SELECT 1 FROM temp.placed)") == 1
        var counts: [(table: String, count: Int)] = []
        for entity in Entity.all {
            counts.append((entity.table, try insertRows(of: entity)))
            for part in entity.parts { counts.append((part.table, try insert(part, of: entity))) }
        }
        return counts.filter { $0.count > 0 }
    }

    private func insertRows(of entity: Entity) throws(Failure) -> Int {
        let shape = shape(entity.table)
        let (values, joins) = translation(of: shape)
        return try run(
            """
            INSERT INTO main.\(shape.name) (id, \(shape.columns.joined(separator: ", ")))
            SELECT own.ours, \(values.joined(separator: ", "))
            FROM temp.map_\(shape.name) AS own CROSS JOIN other.\(shape.name) AS entity ON entity.id = own.theirs\(joins)
            WHERE own.ours > ? ORDER BY own.theirs
            """, [.integer(marks[shape.name] ?? 0)])
    }

    private func insert(_ part: Entity.Part, of entity: Entity) throws(Failure) -> Int {
        guard try catalog.integer("SELECT EXISTS (SELECT 1 FROM other.\(part.table))") == 1 else { return 0 }
        let shape = shape(part.table)
        let (values, joins) = translation(of: shape)
        let key = part.key.map { "AND here.\($0) = entity.\($0)" }.joined(separator: " ")
        let isDue =
            growingParts.contains(part.table)
            ? """
            NOT EXISTS (
                SELECT 1 FROM main.\(part.table) AS here WHERE here.\(part.parent) = own.ours \(key))
            """ : "own.ours > \(marks[entity.table] ?? 0)"
        let isProven = part.table == "pack_seal" ? "AND own.theirs IN (SELECT theirs FROM temp.sealed)" : ""
        return try run(
            """
            INSERT INTO main.\(part.table) (\(shape.columns.joined(separator: ", ")))
            SELECT \(values.joined(separator: ", "))
            FROM temp.map_\(entity.table) AS own
            CROSS JOIN other.\(part.table) AS entity ON entity.\(part.parent) = own.theirs\(joins)
            WHERE own.ours IS NOT NULL AND \(isDue) \(isProven)
            """)
    }

    /// What to select for a table's columns, from a row called `entity`, and what to join for it.
    private func translation(of shape: TableShape) -> (values: [String], joins: String) {
        var joins = ""
        let values = shape.columns.map { column in
            guard let table = shape.references[column] else { return Self.adopted(column, of: shape.name) }
            joins += "\nLEFT JOIN temp.map_\(table) AS of_\(column) ON of_\(column).theirs = entity.\(column)"
            guard hasPlaced, table == "pack", shape.name != "pack_seal" else { return "of_\(column).ours" }
            joins +=
                "\nLEFT JOIN temp.placed ON placed.entity = '\(shape.name)' AND placed.theirs = entity.id"
            return "coalesce(placed.pack, of_\(column).ours)"
        }
        return (values, joins)
    }

    /// A pack lies here under its uid, which no other pack can have, and keeps the name that its uid is made of.
    private static func adopted(_ column: String, of table: String) -> String {
        switch (table, column) {
        case ("pack", "file"): "entity.uid || '.sqlite'"
        case ("pack", "made_as"): "coalesce(entity.made_as, entity.file)"
        default: "entity.\(column)"
        }
    }
}
