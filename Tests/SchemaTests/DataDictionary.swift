/// schema/catalog.md as data: its sections on tables and views, and its queries.
struct DataDictionary {
    /// What the page says of a table or view.
    struct Section {
        let name: String
        /// The words between the heading and the first table.
        let prose: String
        let columns: [Column]
        /// The queries below it.
        let queries: [String]
    }

    /// A line of a section's table.
    struct Column {
        let name: String
        let type: String
        let meaning: String
    }

    let sections: [Section]
    /// The blocks marked as SQL, in order.
    let queries: [String]
    /// The SQL functions that it explains, as they are called: `score_of(image_id, measure)`.
    let functions: [String]

    init() throws {
        let text = try Checkout.text("schema/catalog.md")
        sections = text.split(separator: "\n### ").dropFirst().compactMap { part -> Section? in
            guard let heading = part.prefixMatch(of: #/`(\w+)`\n/#) else { return nil }
            // A section ends where the next chapter begins.
            let body = part[heading.range.upperBound...].split(separator: "\n## ")[0]
            let prose = String(body.split(separator: "\n|")[0]).replacing("\n", with: " ")
            let columns = body.matches(of: #/(?m)^\| `(\w+)` \| (.+?) \| (.+) \|$/#).map { line in
                Column(
                    name: String(line.output.1), type: String(line.output.2), meaning: String(line.output.3))
            }
            return Section(
                name: String(heading.output.1), prose: prose, columns: columns,
                queries: Self.queries(in: body))
        }
        queries = Self.queries(in: text[...])
        functions = text.matches(of: #/(?m)^\| `(\w+\(.*?\))` \| /#).map { String($0.output.1) }
    }

    private static func queries(in text: Substring) -> [String] {
        text.matches(of: #/(?ms)^```sql\n(.*?)^```$/#).map { String($0.output.1) }
    }
}
