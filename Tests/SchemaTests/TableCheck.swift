/// A named CHECK of a table, as far as it can be read out of its statement.
struct TableCheck {
    /// The constraint's name.
    let name: String
    /// The column that it is about.
    let column: String
    /// What it asks of that column alone.
    let rule: Rule

    enum Rule {
        /// One of these texts.
        case oneOf([String])
        /// So many characters.
        case length(Int)
    }

    /// The checks for a list of texts or a length that a CREATE TABLE statement has.
    static func all(in definition: String) -> [TableCheck] {
        let lists = definition.matches(
            of: #/CONSTRAINT (?<name>\w+)\s+CHECK \((?<column>\w+) IN \((?<values>'[^)]*')\)\)/#
        ).map { match in
            let values = match.output.values.matches(of: #/'([^']*)'/#).map { String($0.output.1) }
            return TableCheck(
                name: String(match.output.name), column: String(match.output.column), rule: .oneOf(values))
        }
        let lengths = definition.matches(
            of: #/CONSTRAINT (?<name>\w+)\s+CHECK \(length\((?<column>\w+)\) = (?<count>\d+)\)/#
        ).map { match in
            TableCheck(
                name: String(match.output.name), column: String(match.output.column),
                rule: .length(Int(match.output.count) ?? 0))
        }
        return lists + lengths
    }
}
