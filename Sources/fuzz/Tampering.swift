import Diagnostics
import SQLite

/// What somebody can do to a catalog's file who knows SQLite.
enum Tampering {
    /// The file with some bytes of its pages changed, or cut short.
    static func pages(of bytes: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<dice.few(upTo: 6) {
            // Headers of pages, and their lists of cells, are at the beginning.
            let page = dice.below(bytes.count / 4_096) * 4_096
            let place = page + (dice.once(in: 2) ? dice.below(120) : dice.below(4_096))
            let piece = place..<min(place + dice.few(upTo: 16), bytes.count)
            let changed = Mutation.bytes(Array(bytes[piece]), &dice)
            for (index, byte) in zip(piece, changed) { bytes[index] = byte }
        }
        if dice.once(in: 20) { bytes.removeLast(dice.below(bytes.count)) }
        return bytes
    }

    /// Changes a value, or takes a row out, or puts one in twice, past all triggers and checks.
    static func cell(of path: String, _ dice: inout Dice) throws(Failure) {
        try failing { () throws(SQLiteError) in
            let database = try Connection(path, .readWrite)
            try database.runScript("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
            let entries = try database.schemaEntries()
            let tables = entries.filter { $0.type == "table" }.map(\.name)
            for _ in 0..<dice.few(upTo: 3) {
                let table = dice.pick(tables)
                let guards = entries.filter { $0.type == "trigger" && $0.name.hasPrefix("\(table)_refuses") }
                for trigger in guards { try database.run("DROP TRIGGER \(trigger.name)") }
                // What even then does not go is left as it is.
                try? change(table, in: database, &dice)
                for trigger in guards { try database.run(trigger.sql) }
            }
        }
    }

    private static func change(
        _ table: String, in database: Connection, _ dice: inout Dice
    ) throws(SQLiteError) {
        var (columns, keys): ([String], [String]) = ([], [])
        let information = try database.statement("SELECT name, pk FROM pragma_table_info('\(table)')")
        while try information.step() {
            columns.append(information.row.text(0))
            if information.row.integer(1) > 0 { keys.append(information.row.text(0)) }
        }
        let count = try database.integer("SELECT count(*) FROM \(table)")
        guard count > 0 else { return }
        let key = keys.isEmpty ? "rowid" : keys.joined(separator: ", ")
        let row = "(\(key)) IN (SELECT \(key) FROM \(table) LIMIT 1 OFFSET \(dice.below(count)))"
        let column = dice.pick(columns)
        switch dice.below(10) {
        case 0: try database.run("DELETE FROM \(table) WHERE \(row)")
        case 1:
            let list = columns.filter { $0 != "id" }.joined(separator: ", ")
            try database.run("INSERT INTO \(table) (\(list)) SELECT \(list) FROM \(table) WHERE \(row)")
        case 2:
            let other = "SELECT \(column) FROM \(table) LIMIT 1 OFFSET \(dice.below(count))"
            try database.run("UPDATE \(table) SET \(column) = (\(other)) WHERE \(row)")
        default: try database.run("UPDATE \(table) SET \(column) = ? WHERE \(row)", [value(&dice)])
        }
    }

    private static func value(_ dice: inout Dice) -> SQLValue {
        switch dice.below(7) {
        case 0: .null
        case 1, 2: .integer(dice.pick(Mutation.numbers))
        case 3: .real(dice.pick([0.5, -1, 1e308, .leastNonzeroMagnitude]))
        case 4: .blob((0..<dice.below(40)).map { _ in UInt8(dice.below(256)) })
        case 5: .text(String(repeating: dice.pick(Mutation.words), count: dice.pick([1, 1, 1, 10_000])))
        default: .text(Mutation.text(&dice))
        }
    }

    /// Makes, alters or takes out a part of the schema; says whether it is another one now.
    static func schema(of path: String, _ dice: inout Dice) throws(Failure) -> Bool {
        try failing { () throws(SQLiteError) in
            let database = try Connection(path, .readWrite)
            let before = try database.schemaText()
            try database.runScript("PRAGMA writable_schema = ON")
            let entries = try database.schemaEntries()
            for _ in 0..<dice.few(upTo: 3) { try? alter(dice.pick(entries), in: database, &dice) }
            return try Connection(path, .readOnly).schemaText() != before
        }
    }

    private static func alter(
        _ entry: SchemaEntry, in database: Connection, _ dice: inout Dice
    ) throws(SQLiteError) {
        let name =
            "\"\(dice.pick(["x", "evil", "latest", "a b", "\u{1B}[2J", "sqlitex", "image_more"]))\(dice.below(9))\""
        let table = dice.pick(["image", "caption", "run", "decision", "migration", "claim"])
        let action = dice.pick([
            "UPDATE \(table) SET rowid = rowid", "DELETE FROM \(table)", "SELECT randomblob(9)",
        ])
        let moment = dice.pick(["BEFORE INSERT", "AFTER INSERT", "AFTER UPDATE", "BEFORE DELETE"])
        switch dice.below(9) {
        case 0, 1: try database.run("CREATE TRIGGER \(name) \(moment) ON \(table) BEGIN \(action); END")
        case 2:
            try database.run(
                "CREATE VIEW \(name) AS WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT * FROM c"
            )
        case 3: try database.run("CREATE TABLE \(name) (x, y)")
        case 4: try database.run("CREATE INDEX \(name) ON \(table) (run_id)")
        case 5: try database.run("ALTER TABLE \(table) ADD COLUMN \(name) TEXT DEFAULT 'x'")
        case 6: try database.run("DROP \(entry.type.uppercased()) \(entry.name)")
        case 7:
            let sql = Mutation.bytes(Array(entry.sql.utf8), &dice)
            try database.run(
                "UPDATE sqlite_schema SET sql = ? WHERE name = ?",
                [.text(String(decoding: sql, as: UTF8.self)), .text(entry.name)])
        default:
            let sql = entry.sql.replacing("CHECK (", with: "CHECK (1 OR ").replacing(
                "RAISE(ABORT", with: "RAISE(IGNORE")
            try database.run(
                "UPDATE sqlite_schema SET sql = ? WHERE name = ?", [.text(sql), .text(entry.name)])
        }
    }
}
