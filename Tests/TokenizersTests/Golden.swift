import Foundation
import JSONValues
import TestSupport
import Testing

/// What transformers gave for every text of `ids.json`, tokenizer by tokenizer (tools/goldens/tokenizer.py).
struct Golden {
    struct Ids {
        /// Begin, end and padding.
        let special: [Int]
        let vocabulary: Int
        let length: Int
        /// The ids of every text, neither padded nor cut.
        let whole: [[Int]]
        /// The ids of every text in `length`.
        let cut: [[Int]]
    }

    static let names = ["ascii", "decoder", "mapped", "plain", "serialized"]
    let texts: [String]
    let ids: [String: Ids]

    init() throws {
        let source = "ids.json"
        let file = try JSONFields(
            JSONValue(parsing: try Fixture.bytes("Tokenizers/ids.json"), source: source), source: source)
        texts = try file.strings("texts")
        let all = try JSONFields(try #require(file.value("ids")), source: source)
        var ids: [String: Ids] = [:]
        for name in Self.names {
            let fields = try JSONFields(try #require(all.value(name)), source: "\(source): \(name)")
            func rows(_ key: String) throws -> [[Int]] {
                try #require(fields.value(key)?.array).map { try #require($0.array).compactMap(\.integer) }
            }
            ids[name] = Ids(
                special: try fields.integers("special"), vocabulary: try fields.integer("vocabulary"),
                length: try fields.integer("length"), whole: try rows("whole"), cut: try rows("cut"))
        }
        self.ids = ids
    }

    /// The folder of a tokenizer.
    static func folder(_ name: String) -> URL { Fixture.url("Tokenizers/\(name)") }
}
