import Foundation

/// Writes a Swift file that holds the text of migration files, and of the schema that they make together:
/// `embed-migrations OUTPUT SNAPSHOT FILE…`.
///
/// A migration is called `NNNN_verb_object.sql`; anything else stops the build with the file's name.
@main
enum EmbedMigrations {
    static func main() throws {
        let paths = CommandLine.arguments.dropFirst()
        guard paths.count > 1, let output = paths.first else {
            throw Refusal(reason: "usage: embed-migrations OUTPUT SNAPSHOT FILE…")
        }
        let snapshot = try quoted(URL(filePath: paths[paths.startIndex + 1]))
        let literals = try paths.dropFirst(2).map { try literal(of: URL(filePath: $0)) }
        let source = """
            extension Migration {
                /// The files of migrations/, in their order.
                public static let all: [Migration] = [
            \(literals.joined(separator: ",\n"))
                ]
            }

            extension CatalogSchema {
                /// The file schema/catalog.sql.
                static let snapshot = \(snapshot)
            }

            """
        try source.write(toFile: output, atomically: true, encoding: .utf8)
    }

    /// The migration in a file as a Swift expression.
    static func literal(of file: URL) throws -> String {
        let name = file.deletingPathExtension().lastPathComponent
        let parts = name.split(separator: "_", maxSplits: 1)
        guard parts.count == 2, parts[0].count == 4, let number = Int(parts[0]) else {
            throw Refusal(reason: "\(file.lastPathComponent): a migration is called NNNN_verb_object.sql")
        }
        return "Migration(number: \(number), name: \"\(parts[1])\", sql: \(try quoted(file)))"
    }

    /// The text of a file as a raw string of Swift.
    private static func quoted(_ file: URL) throws -> String {
        let text = try String(contentsOf: file, encoding: .utf8)
        let fence = "####"
        guard !text.contains("\"\"\"" + fence), !text.contains("\\" + fence) else {
            throw Refusal(reason: "\(file.lastPathComponent): the text cannot be quoted")
        }
        return "\(fence)\"\"\"\n\(text)\n\"\"\"\(fence)"
    }

    struct Refusal: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }
}
