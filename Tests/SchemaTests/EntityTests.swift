import CatalogSchema
import Testing

/// The declaration of what uids are made of, against the schema itself.
struct EntityTests {
    let database: MigratedDatabase

    init() throws { database = try MigratedDatabase() }

    /// The tables that have a uid, or those that have none.
    private func tables(_ isWanted: (_ hasUID: Bool) -> Bool) throws -> [String] {
        try database.tables().filter { table in
            isWanted(try database.columns(of: table).contains { $0.name == "uid" })
        }
    }

    @Test func declaresEveryTableWithAUID() throws {
        let tables = try database.tables().filter {
            try database.columns(of: $0).contains { $0.name == "uid" }
        }
        #expect(Set(Entity.all.map(\.table)) == Set(tables))
        #expect(Entity.all.count == tables.count)
    }

    @Test func declaresEveryPart() throws {
        let parts = Entity.all.flatMap(\.parts).map(\.table)
        let others: Set = ["migration", "claim", "frontier"]
        let tables = try database.tables().filter {
            try !database.columns(of: $0).contains { $0.name == "uid" }
        }
        #expect(Set(parts) == Set(tables).subtracting(others))
    }

    @Test(arguments: Entity.all.map(\.table)) func namesColumnsThatExist(table: String) throws {
        let entity = try #require(Entity.all.first { $0.table == table })
        let columns = Set(try database.columns(of: table).map(\.name))
        #expect(entity.incidental.isSubset(of: columns))
        for field in entity.identity {
            switch field.source {
            case .value, .json: #expect(columns.contains(field.name), "\(table).\(field.name)")
            case .reference(let column, _): #expect(columns.contains(column), "\(table).\(column)")
            case .expression: break
            case .list(let part, let parent, let elements):
                let own = Set(try database.columns(of: part).map(\.name))
                #expect(own.contains(parent) && own.contains("position"))
                for case .value(let column) in elements { #expect(own.contains(column), "\(part).\(column)") }
            }
        }
        for part in entity.parts {
            let own = Set(try database.columns(of: part.table).map(\.name))
            #expect(own.isSuperset(of: part.key + [part.parent]), "\(part.table)")
        }
    }
}
