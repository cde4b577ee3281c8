import SQLite

extension MigratedDatabase {
    /// Inserts the smallest row that a table's checks let through; what it refers to need not exist.
    ///
    /// - Parameters:
    ///   - table: the table.
    ///   - changes: values to use instead of the smallest ones, by column.
    ///   - verb: how to insert.
    func insertMinimalRow(
        into table: String, with changes: [String: SQLValue] = [:], _ verb: String = "INSERT"
    ) throws {
        let checks = TableCheck.all(in: try definition(of: table))
        let columns = try columns(of: table)
        let values = columns.map { column in
            changes[column.name] ?? Self.smallestValue(of: column, in: table, checks)
        }
        try connection.run("PRAGMA foreign_keys = OFF")
        let names = columns.map(\.name).joined(separator: ", ")
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        try connection.run("\(verb) INTO \(table) (\(names)) VALUES (\(marks))", values)
    }

    private static func smallestValue(
        of column: Column, in table: String, _ checks: [TableCheck]
    ) -> SQLValue {
        guard column.isRequired else { return .null }
        // The first kind, text, would ask for a caption as well.
        if table == "conditioning", column.name == "kind" { return "unconditional" }
        switch checks.first(where: { $0.column == column.name })?.rule {
        case .oneOf(let values): return .text(values[0])
        case .length(let count): return .text(String(repeating: "0", count: count))
        case nil: break
        }
        return switch column.type {
        case "INTEGER": 1
        case "REAL": 1.0
        case "BLOB": .blob([0, 0, 0, 0])
        // An empty JSON object, which has the gap of a prompt template too.
        default: "{}"
        }
    }
}
