import Digests
import JSONValues
import Testing

/// schema/catalog.md held against the schema: nothing missing, nothing made up, every query runs.
struct DictionaryTests {
    let database: MigratedDatabase
    let dictionary: DataDictionary

    init() throws {
        database = try MigratedDatabase()
        dictionary = try DataDictionary()
    }

    @Test func everyTableAndViewHasOneSection() throws {
        let names = try database.tables() + database.views()
        #expect(dictionary.sections.map(\.name).sorted() == names.sorted())
    }

    @Test func everyColumnStandsInItsSectionInOrder() throws {
        for section in dictionary.sections {
            let names = try database.columns(of: section.name).map(\.name)
            #expect(section.columns.map(\.name) == names, "\(section.name)")
        }
    }

    @Test func typesAreTheSchemas() throws {
        let views = Set(try database.views())
        for section in dictionary.sections {
            for (column, written) in zip(try database.columns(of: section.name), section.columns) {
                let place = "\(section.name).\(column.name)"
                if views.contains(section.name) {
                    // SQLite does not know whether a view's column can be NULL.
                    #expect([column.type, "\(column.type) or NULL"].contains(written.type), "\(place)")
                } else {
                    #expect(written.type == column.type + (column.isRequired ? "" : " or NULL"), "\(place)")
                }
            }
        }
    }

    @Test func arrowsAreTheForeignKeys() throws {
        for section in dictionary.sections {
            let keys = try database.foreignKeys(of: section.name)
            for column in section.columns {
                let arrow = column.meaning.prefixMatch(of: #/→ `(\w+)`/#).map { String($0.output.1) }
                let parent = keys.first { $0.column == column.name }?.parent
                #expect(arrow == parent, "\(section.name).\(column.name)")
            }
        }
    }

    @Test func everyTableSaysWhatItsIdentityIsMadeOf() throws {
        for table in try database.tables() {
            let section = try #require(dictionary.sections.first { $0.name == table })
            let recipe = try #require(section.prose.firstMatch(of: #/\*uid\*: (\w+)/#), "\(table)").output.1
            #expect((recipe != "none") == section.columns.contains { $0.name == "uid" }, "\(table)")
            #expect(section.prose.contains("A row "), "\(table) does not say what a row is")
        }
    }

    @Test func everySectionAndEveryFunctionHasAQuery() {
        for section in dictionary.sections {
            #expect(section.queries.contains { $0.contains(section.name) }, "\(section.name)")
            #expect(section.queries.allSatisfy { $0.split(separator: "\n").allSatisfy { $0.count <= 120 } })
        }
        for function in dictionary.functions {
            let call = function.prefix { $0 != "(" } + "("
            #expect(dictionary.queries.contains { $0.contains(call) }, "\(function)")
        }
    }

    @Test func everyValueOfAListIsExplained() throws {
        for section in dictionary.sections where try database.tables().contains(section.name) {
            for check in TableCheck.all(in: try database.definition(of: section.name)) {
                guard case .oneOf(let values) = check.rule else { continue }
                let column = try #require(section.columns.first { $0.name == check.column })
                for value in values where value != "0" && value != "1" {
                    #expect(column.meaning.contains("`\(value)`"), "\(check.name): \(value)")
                }
            }
        }
    }

    /// The worked example of an identity, worked again.
    @Test func theExampleOfAnIdentityIsRight() throws {
        let text = try Checkout.text("schema/catalog.md")
        let uid = UID(
            of: "concept",
            [("key", "n02123045"), ("vocabulary", "00112233445566778899aabbccddeeff")])
        #expect(text.contains("SHA-256 begins with \(uid.hex), the uid"))
        let definition =
            #"{"entity":"concept","fields":{"key":"n02123045","vocabulary":"00112233445566778899aabbccddeeff"}}"#
        #expect(text.contains("\n\(definition)\n"))
    }
}
