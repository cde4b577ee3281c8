/// A table whose rows have a uid: what the uid is made of, and what else belongs to a row.
///
/// Writers, the check that recomputes every uid, and the merge that compares rows of two catalogs all go by this
/// declaration; schema/catalog.md says the same in words.
public struct Entity: Sendable {
    /// The table.
    public let table: String
    /// What the uid is made of.
    public let identity: [Field]
    /// Columns that two makers of the same thing may fill in differently, besides `id` and `run_id`: where the bytes
    /// lie, what somebody called it.
    public let incidental: Set<String>
    /// Tables without a uid whose rows are a part of this one's.
    public let parts: [Part]
    /// The column without whose value a row does not hold all that its uid was made of; nil where it always does.
    public let proof: String?

    /// One of the values that a uid is made of; an absent one is left out.
    public struct Field: Sendable {
        /// Its name among the fields that are hashed.
        public let name: String
        /// Where its value comes from.
        public let source: Source
        /// A column; where that has a value, the field is left out.
        public let unless: String?
    }

    /// Where a field's value comes from.
    public enum Source: Sendable {
        /// The column of the field's name, as it is.
        case value
        /// The column of the field's name, which holds JSON.
        case json
        /// The uid of the row that a column refers to: `concept_id` for the field `concept`.
        case reference(column: String, table: String)
        /// What an SQL expression over the row, called `entity`, gives.
        case expression(String)
        /// The rows of another table that hang on this one, in the order of their `position`: of each, its elements.
        case list(table: String, parent: String, elements: [Element])
    }

    /// A value of a list's rows.
    public enum Element: Sendable {
        /// A column as it is.
        case value(String)
        /// The uid of the row that a column refers to.
        case reference(column: String, table: String)
    }

    /// A table without a uid whose rows hang on the entity's.
    public struct Part: Sendable {
        /// The table.
        public let table: String
        /// The column that holds the entity's id.
        public let parent: String
        /// The columns that tell the rows of one parent apart.
        public let key: [String]
    }

    init(
        _ table: String, _ identity: [Field], incidental: Set<String> = [], parts: [Part] = [],
        proof: String? = nil
    ) {
        self.table = table
        self.identity = identity
        self.incidental = incidental
        self.parts = parts
        self.proof = proof
    }
}

extension Entity.Field: ExpressibleByStringLiteral {
    /// A column that goes in as it is.
    public init(stringLiteral column: String) { self.init(name: column, source: .value, unless: nil) }

    /// A column that holds JSON.
    static func json(_ column: String) -> Self { Self(name: column, source: .json, unless: nil) }

    /// The row that the column `name_id` refers to; its table has the same name unless another is given.
    static func reference(_ name: String, to table: String? = nil) -> Self {
        Self(
            name: name, source: .reference(column: "\(name)_id", table: table ?? name), unless: nil)
    }

    static func list(
        _ name: String, of table: String, under parent: String, _ elements: [Entity.Element]
    ) -> Self {
        Self(name: name, source: .list(table: table, parent: parent, elements: elements), unless: nil)
    }

    /// The same field, left out where a column has a value.
    func unless(_ column: String) -> Self { Self(name: name, source: source, unless: column) }
}
