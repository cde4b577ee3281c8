import CatalogSchema
import Digests
import JSONValues
import SQLite

/// The rows of an entity's table by id, each with the uid that follows from what it holds.
///
/// One query yields every field of a row; the rows that lists are made of come from a second one in the same order,
/// so both are read once from beginning to end.
final class RecomputedRows {
    private let entity: Entity
    private let statement: Statement
    private var fields: [Field] = []
    private var text = JSONWriter()
    private let opening: [UInt8]

    /// A field's place in the text that is hashed, and where its value comes from.
    private struct Field {
        let name: String
        /// The name in quotes, and a colon.
        let key: [UInt8]
        /// The same behind a comma.
        let laterKey: [UInt8]
        let value: Value
    }

    private enum Value {
        case column(Int)
        case reference(Int)
        case json(Int, CanonicalJSON)
        case list(ListedRows)
    }

    /// A row's id, and what is wrong with its uid.
    struct Entry {
        let id: Int
        let fault: UIDFault?
    }

    init(_ entity: Entity, in schema: String, on connection: Connection) throws(SQLiteError) {
        self.entity = entity
        opening = Array("{\"entity\":\"\(entity.table)\",\"fields\":{".utf8)
        var columns = ["entity.id", "entity.uid"]
        var joins = ""
        for field in entity.identity.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            let value: Value
            var expression: String?
            switch field.source {
            case .value:
                expression = "entity.\(field.name)"
                value = .column(columns.count)
            case .expression(let sql):
                expression = sql
                value = .column(columns.count)
            case .json:
                expression = "entity.\(field.name)"
                value = .json(columns.count, CanonicalJSON())
            case .reference(let column, let table):
                expression = Self.uid(of: "r\(columns.count)", named: "entity.\(column)")
                joins += Self.join(schema, table, as: "r\(columns.count)", on: "entity.\(column)")
                value = .reference(columns.count)
            case .list(let table, let parent, let elements):
                value = .list(try ListedRows(elements, of: table, under: parent, in: schema, on: connection))
            }
            if let expression {
                columns.append(
                    field.unless.map { "CASE WHEN entity.\($0) IS NULL THEN \(expression) END" } ?? expression
                )
            }
            let key = "\"\(field.name)\":"
            fields.append(
                Field(name: field.name, key: Array(key.utf8), laterKey: Array(",\(key)".utf8), value: value))
        }
        let condition = entity.proof.map { " WHERE entity.\($0) IS NOT NULL" } ?? ""
        statement = try connection.statement(
            """
            SELECT \(columns.joined(separator: ", ")) FROM \(schema).\(entity.table) AS entity\(joins)\(condition)
            ORDER BY entity.id
            """)
    }

    deinit { statement.reset() }

    /// The uid of the row that a column names: NULL where it names none, empty where that row is not there.
    static func uid(of alias: String, named column: String) -> String {
        "CASE WHEN \(column) IS NOT NULL THEN coalesce(\(alias).uid, '') END"
    }

    static func join(_ schema: String, _ table: String, as alias: String, on column: String) -> String {
        " LEFT JOIN \(schema).\(table) AS \(alias) ON \(alias).id = \(column)"
    }

    /// The next row; nil after the last.
    func next() throws(SQLiteError) -> Entry? {
        guard try statement.step() else { return nil }
        let row = statement.row
        let id = row.integer(0)
        let reason = try fault(of: row, id)
        return Entry(
            id: id,
            fault: reason.map { UIDFault(table: entity.table, id: id, uid: row.text(1), reason: $0) })
    }

    private func fault(of row: Row, _ id: Int) throws(SQLiteError) -> UIDFault.Reason? {
        text.removeAll()
        text.write(verbatim: opening)
        var isFirst = true
        for field in fields {
            let start = text.bytes.count
            text.write(verbatim: isFirst ? field.key : field.laterKey)
            switch try write(field.value, of: row, id) {
            case .written: isFirst = false
            case .absent: text.removeLast(text.bytes.count - start)
            case .dangling: return .danglingReference(field: field.name)
            case .unreadable: return .unreadableJSON(field: field.name)
            }
        }
        text.write(verbatim: "}}")
        let uid = UID(ofCanonicalText: text.bytes)
        return row.withBytes(1, { UID(hexUTF8: $0) }) == uid ? nil : .differs(uid)
    }

    private func write(_ value: Value, of row: Row, _ id: Int) throws(SQLiteError) -> FieldOutcome {
        switch value {
        case .column(let column): text.write(row, column)
        case .reference(let column): text.write(reference: row, column)
        case .json(let column, let canonical): text.write(row, column, canonical)
        case .list(let rows): try rows.write(of: id, to: &text)
        }
    }
}
