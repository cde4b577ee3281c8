import Catalogs
import TestSupport
import Testing

/// What schema/catalog.md invites people to type, typed into a catalog as `figment init` makes it.
struct QueryTests {
    let folder: TemporaryFolder
    let catalog: Catalog
    let dictionary: DataDictionary

    init() throws {
        folder = try TemporaryFolder()
        let path = folder.path("empty.sqlite")
        try Catalog.create(at: path, version: "test")
        catalog = try Catalog.open(at: path)
        dictionary = try DataDictionary()
    }

    /// Through the reader that `figment query` uses, so its limits let them through as well.
    @Test func everyQueryRuns() throws {
        let reader = try catalog.reader()
        for query in dictionary.queries {
            #expect(throws: Never.self, "\(query)") { try reader.query(query) { _ in true } }
        }
        #expect(dictionary.queries.count > 25)
    }

    @Test func everyFunctionIsExplained() throws {
        let list = "SELECT name || narg FROM pragma_function_list ORDER BY name"
        let own = try Set(MigratedDatabase().rows(list).map { $0.text(0) })
        let added = try catalog.rows(list) { $0.text(0) }.filter { !own.contains($0) }
        let explained = dictionary.functions.map { call in
            "\(call.prefix { $0 != "(" })\(call.count { $0 == "," } + 1)"
        }
        #expect(explained.sorted() == added)
    }

    @Test func theFilesMarksAreTheOnesNamed() throws {
        let text = try Checkout.text("schema/catalog.md")
        let mark = try catalog.integer("PRAGMA application_id")
        #expect(text.contains("`application_id` is \(mark) "))
        #expect(
            try catalog.integer("PRAGMA user_version") == catalog.integer("SELECT max(number) FROM migration")
        )
    }

    /// `INSERT OR REPLACE` deletes behind the triggers' back unless triggers are recursive.
    @Test func aCatalogRefusesReplacement() throws {
        let insertion = """
            INSERT OR REPLACE INTO run
                (id, uid, program, version, options, host, cpu, threads, sqlite_version, started_at)
            VALUES (1, '00000000000000000000000000000000', ?, '', '{}', '', '', 1, '', '')
            """
        try catalog.execute(insertion, [.text("first")])
        #expect(throws: (any Error).self) { try catalog.execute(insertion, [.text("second")]) }
        #expect(try catalog.rows("SELECT program FROM run") { $0.text(0) } == ["first"])
    }
}
