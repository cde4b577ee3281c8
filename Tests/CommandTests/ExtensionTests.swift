import Foundation
import TestSupport
import Testing

/// The loadable extension in the sqlite3 shell, which knows nothing else of Figment.
struct ExtensionTests {
    private let shop = Result { try Spine.finished.get() }

    private func shell(_ sql: String) throws -> Command {
        let library = Command.programs.appending(path: "libfigment_sqlite").path
        return try Command.system(
            "sqlite3",
            ["-readonly", "-csv", "-header", "file:\(shop.get().catalog)?mode=ro", ".load \(library)", sql])
    }

    @Test(arguments: [
        "SELECT uid, stable_split(uid, 'train:0.5,validation:0.3,test:0.2') AS part FROM image ORDER BY uid",
        """
        SELECT a.id AS a, b.id AS b, vector_cosine(cast(a.uid AS BLOB), cast(b.uid AS BLOB)) > 0 AS near
        FROM image AS a, image AS b WHERE a.id < 5 AND b.id < 5
        """,
        "SELECT id, round(score_of(id, 'clip-confidence'), 9) AS score FROM image ORDER BY id",
        "SELECT stable_split(NULL, 'a:1') AS part, vector_cosine(NULL, x'00') AS cosine, score_of(1, 'x') AS score",
    ])
    func answersAsFigmentDoes(sql: String) throws {
        let own = try shop.get().succeed("query", "--format", "csv", sql)
        let answer = try shell(sql)
        #expect(answer.errors == "")
        #expect(answer.output.replacing("\r\n", with: "\n") == own)
        #expect(own.split(separator: "\n").count > 1)
    }

    @Test func refusesAsFigmentDoes() throws {
        #expect(
            try shell("SELECT stable_split('x', 'a:2')").errors.contains("stable_split: 'a:2' is not a name"))
        #expect(try shell("SELECT vector_cosine(1, 2)").errors.contains("vector_cosine: it takes two blobs"))
    }
}
