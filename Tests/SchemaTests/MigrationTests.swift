import CatalogSchema
import Digests
import Foundation
import Testing

struct MigrationTests {
    @Test func theEmbeddedTextIsTheFiles() throws {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appending(path: "migrations")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names.count == Migration.all.count)
        for (name, migration) in zip(names, Migration.all) {
            let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
            #expect(migration.digest == SHA256.digest(of: bytes), "\(name)")
            #expect(name.hasSuffix("_\(migration.name).sql"))
        }
        #expect(Migration.all.map(\.number) == Array(1...Migration.all.count))
        #expect(CatalogSchema.version == Migration.all.count)
    }
}
