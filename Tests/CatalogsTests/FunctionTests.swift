import Diagnostics
import Digests
import SQLite
import TestSupport
import Testing

@testable import Catalogs

struct FunctionTests {
    let workspace: Workspace
    var catalog: Catalog { workspace.catalog }

    init() throws { workspace = try Workspace() }

    private func blob(_ values: [Float]) -> SQLValue {
        .blob(
            values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) }
            })
    }

    private func value(_ sql: String, _ bindings: [SQLValue] = []) throws -> SQLValue {
        try #require(try catalog.rows(sql, bindings) { $0.value(0) }.first)
    }

    @Test func computesCosines() throws {
        let sql = "SELECT vector_cosine(?, ?)"
        #expect(try value(sql, [blob([1, 0]), blob([0, 3])]) == .real(0))
        #expect(try value(sql, [blob([2, -2]), blob([-1, 1])]) == .real(-1))
        guard case .real(let cosine) = try value(sql, [blob([1, 2, 3]), blob([4, 5, 6])]) else {
            Issue.record("the cosine is no real")
            return
        }
        #expect(abs(cosine - 0.974_631_846) < 1e-9)
        #expect(try value(sql, [blob([0, 0]), blob([1, 1])]) == .null)
        #expect(try value(sql, [.null, blob([1, 1])]) == .null)
        for wrong: [SQLValue] in [
            [blob([1]), blob([1, 2])], [.blob([1, 2, 3]), .blob([1, 2, 3])], ["a", "b"],
        ] {
            let refused = failure { _ = try value(sql, wrong) }
            #expect(refused?.summary.contains("vector_cosine: it takes two blobs") == true)
        }
    }

    @Test func splitsAlwaysTheSameWay() throws {
        let sql = "SELECT stable_split(?, 'train:0.9, validation:0.1')"
        // SHA-256 of "0" begins 5feceb66ffc86f38: 0.37471 of the way.
        #expect(try value(sql, ["0"]) == "train")
        var counts: [SQLValue: Int] = [:]
        for number in 0..<5_000 {
            counts[try value(sql, [.text(UID(of: "image", [("n", .integer(number))]).hex)]), default: 0] += 1
        }
        #expect(Set(counts.keys) == ["train", "validation"])
        #expect(abs((counts["train"] ?? 0) - 4_500) < 100)
        #expect(try value("SELECT stable_split('0', 'a:0.3748,b:0.6252')") == "a")
        #expect(try value("SELECT stable_split('0', 'a:0.3747,b:0.6253')") == "b")
        #expect(try value("SELECT stable_split(NULL, 'a:1')") == .null)
    }

    @Test(arguments: [
        "", "a", "a:x", "a:0.5", "a:0.5,b:0.6", "a:0.5,a:0.5", ":1", "a:-1,b:2", "a:nan,b:1", "a:1,",
    ])
    func refusesWeightsThatAreNone(weights: String) {
        let refused = failure { _ = try value("SELECT stable_split('x', ?)", [.text(weights)]) }
        #expect(refused?.summary.contains("stable_split: ") == true)
    }

    @Test func findsTheLatestScore() throws {
        try workspace.image(of: [1])
        // Of one run, and so of one time, the greater uid is the later.
        let uids = (0...1).map { UID(of: "score", [("n", .integer($0))]) }.sorted { $0.hex < $1.hex }
        for (number, score) in [0.25, 0.75].enumerated() {
            let measurement = try catalog.append(
                "measurement", UID(of: "measurement", [("n", .integer(number))]),
                ["measure": "trial", "parameters": "{}", "run_id": 1])
            try catalog.append(
                "score", uids[number],
                ["measurement_id": .integer(measurement), "image_id": 1, "value": .real(score), "run_id": 1])
        }
        #expect(try value("SELECT score_of(1, 'trial')") == .real(0.75))
        #expect(try value("SELECT score_of(1, 'other')") == .null)
        #expect(try value("SELECT score_of(2, 'trial')") == .null)
        var rows: [[SQLValue]] = []
        try catalog.reader().query("SELECT id FROM image WHERE score_of(id, 'trial') > 0.5") { row in
            rows.append(row.values)
            return true
        }
        #expect(rows == [[1]])
    }

    /// Whoever made the catalog may have put anything into its views.
    @Test func aViewThatAsksForItselfIsNoEndlessDescent() throws {
        try workspace.tamper(
            workspace.path,
            """
            DROP VIEW latest_score;
            CREATE VIEW latest_score AS
            SELECT 1 AS image_id, 'trial' AS measure, score_of(1, 'trial') AS value;
            """)
        let refused = failure { try catalog.reader().query("SELECT score_of(1, 'trial')") { _ in true } }
        #expect(refused?.summary.contains("the view latest_score asks for score_of itself") == true)
    }
}
