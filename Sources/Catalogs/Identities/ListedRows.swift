import CatalogSchema
import JSONValues
import SQLite

/// What became of a field that was to be written.
enum FieldOutcome {
    case written
    case absent
    case dangling
    case unreadable
}

/// The rows that hang on an entity's rows, as the lists that their uids are made of; read in the order of the entity.
final class ListedRows {
    private let statement: Statement
    private let elements: [Entity.Element]
    private var hasRow: Bool

    init(
        _ elements: [Entity.Element], of table: String, under parent: String, in schema: String,
        on connection: Connection
    ) throws(SQLiteError) {
        self.elements = elements
        var columns = ["part.\(parent)"]
        var joins = ""
        for element in elements {
            switch element {
            case .value(let column): columns.append("part.\(column)")
            case .reference(let column, let table):
                let alias = "r\(columns.count)"
                joins += RecomputedRows.join(schema, table, as: alias, on: "part.\(column)")
                columns.append(RecomputedRows.uid(of: alias, named: "part.\(column)"))
            }
        }
        statement = try connection.statement(
            """
            SELECT \(columns.joined(separator: ", ")) FROM \(schema).\(table) AS part\(joins)
            ORDER BY part.\(parent), part.position
            """)
        hasRow = try statement.step()
    }

    deinit { statement.reset() }

    /// Writes the list of the rows that hang on `parent`; parents must come in ascending order.
    func write(of parent: Int, to text: inout JSONWriter) throws(SQLiteError) -> FieldOutcome {
        while hasRow, statement.row.integer(0) < parent { hasRow = try statement.step() }
        guard hasRow, statement.row.integer(0) == parent else { return .absent }
        var outcome = FieldOutcome.written
        text.write(verbatim: "[")
        var isFirst = true
        while hasRow, statement.row.integer(0) == parent {
            if !isFirst { text.write(verbatim: ",") }
            isFirst = false
            if elements.count > 1 { text.write(verbatim: "[") }
            for (index, element) in elements.enumerated() {
                if index > 0 { text.write(verbatim: ",") }
                switch element {
                case .value: _ = text.write(statement.row, index + 1)
                case .reference:
                    if text.write(reference: statement.row, index + 1) != .written { outcome = .dangling }
                }
            }
            if elements.count > 1 { text.write(verbatim: "]") }
            hasRow = try statement.step()
        }
        text.write(verbatim: "]")
        return outcome
    }
}

extension JSONWriter {
    /// Writes a column as it is stored; nothing where it is null.
    mutating func write(_ row: Row, _ column: Int) -> FieldOutcome {
        switch row.storageClass(column) {
        case .null: return .absent
        case .integer: write(row.integer(column))
        case .real: write(row.real(column))
        case .text, .blob: row.withBytes(column) { write(string: $0) }
        }
        return .written
    }

    /// Writes the uid of a row that is referred to, which is empty where that row is not there.
    mutating func write(reference row: Row, _ column: Int) -> FieldOutcome {
        guard !row.isNull(column) else { return .absent }
        return row.withBytes(column) { uid in
            guard !uid.isEmpty else { return .dangling }
            write(string: uid)
            return .written
        }
    }

    /// Writes the JSON that a column holds, in its canonical spelling.
    mutating func write(_ row: Row, _ column: Int, _ canonical: CanonicalJSON) -> FieldOutcome {
        guard !row.isNull(column) else { return .absent }
        return row.withBytes(column) { source in
            switch canonical.text(of: source) {
            case .some(let text) where text == CanonicalJSON.null: return .absent
            case .some(let text):
                write(verbatim: text)
                return .written
            case .none: return .unreadable
            }
        }
    }
}

/// Spells JSON canonically, and remembers the last text, since neighbouring rows mostly have the same.
final class CanonicalJSON {
    /// What stands for no value.
    static let null = Array("null".utf8)

    private var source: [UInt8] = []
    private var canonical: [UInt8]?

    /// The canonical spelling; nil where the text is no JSON.
    func text(of utf8: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard !utf8.elementsEqual(source) || utf8.isEmpty else { return canonical }
        source = Array(utf8)
        canonical = (try? JSONValue(parsing: utf8, source: "")).map { Array($0.canonicalText.utf8) }
        return canonical
    }
}
