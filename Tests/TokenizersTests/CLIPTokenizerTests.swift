import Diagnostics
import Foundation
import JSONValues
import TestSupport
import Testing

@testable import Tokenizers

/// The ids against transformers' own, exactly.
struct CLIPTokenizerTests {
    @Test(arguments: Golden.names) func idsAreThoseOfTransformers(name: String) throws {
        let golden = try Golden()
        let expected = try #require(golden.ids[name])
        let tokenizer = try CLIPTokenizer(directory: Golden.folder(name))
        #expect(golden.texts.count > 300)
        #expect([tokenizer.bosID, tokenizer.eosID, tokenizer.padID] == expected.special)
        #expect(tokenizer.vocabularySize == expected.vocabulary)
        for (index, text) in golden.texts.enumerated() {
            let whole = expected.whole[index]
            let encoding = try tokenizer.encode(text, length: whole.count)
            #expect(encoding.ids == whole, "\(text.debugDescription)")
            #expect(encoding.usedTokens == whole.count)
            #expect(!encoding.isTruncated)

            let cut = try tokenizer.encode(text, length: expected.length)
            #expect(cut.ids == expected.cut[index], "\(text.debugDescription)")
            #expect(cut.usedTokens == whole.count)
            #expect(cut.isTruncated == (whole.count > expected.length))
        }
    }

    @Test func lengthIsTheModelsOwnUnlessGiven() throws {
        let stated = try CLIPTokenizer(directory: Golden.folder("plain"))
        #expect(stated.maximumLength == 24)
        #expect(try stated.encode("a dress").ids.count == 24)
        #expect(try stated.encode("a dress", length: 2).ids == [stated.bosID, stated.eosID])

        let unstated = try CLIPTokenizer(directory: Golden.folder("serialized"))
        #expect(unstated.maximumLength == nil)
        let failure = #expect(throws: Failure.self) { try unstated.encode("a dress") }
        #expect(failure?.summary.contains("'model_max_length'") == true)
        let short = #expect(throws: Failure.self) { try unstated.encode("a dress", length: 1) }
        #expect(short?.summary.contains("1 tokens") == true)
    }

    @Test func olderSpellingsOfTheOneFileAreRead() throws {
        let source = Golden.folder("serialized")
        var text = try String(contentsOf: source.appending(path: "tokenizer.json"), encoding: .utf8)
        for newer in [#"<\\|startoftext\\|>|<\\|endoftext\\|>|"#, ",\n        \"use_regex\": true"] {
            let range = try #require(text.range(of: newer))
            text.replaceSubrange(range, with: "")
        }
        var file = try #require(JSONValue(parsing: text, source: "tokenizer.json").object)
        var model = try #require(file["model"]?.object)
        let pairs = try #require(model["merges"]?.array)
        #expect(pairs.allSatisfy { $0.array?.count == 2 })
        model["merges"] = .array(
            pairs.map { .string(($0.array ?? []).compactMap(\.string).joined(separator: " ")) })
        file["model"] = .object(model)
        let folder = try TemporaryFolder()
        try folder.write("tokenizer.json", JSONValue.object(file).text)
        try folder.write(
            "tokenizer_config.json",
            Array(try Data(contentsOf: source.appending(path: "tokenizer_config.json"))))
        let tokenizer = try CLIPTokenizer(directory: folder.url)
        let expected = try CLIPTokenizer(directory: source)
        for text in ["a photo of the naïve painting", "They've 1987 <cat-toy>s", "日本 ✨"] {
            #expect(try tokenizer.encode(text, length: 30) == expected.encode(text, length: 30))
        }
    }

    @Test func hostileLengthTakesLinearithmicTime() throws {
        let tokenizer = try CLIPTokenizer(directory: Golden.folder("plain"))
        // A single word of a megabyte: what takes n² steps would not end within the test's patience.
        let encoding = try tokenizer.encode(String(repeating: "of", count: 500_000))
        #expect(encoding.isTruncated)
        #expect(encoding.usedTokens > 400_000)
        #expect(encoding.ids.last == tokenizer.eosID)
    }

    @Test func manyThreadsGetTheSameIds() async throws {
        let golden = try Golden()
        let expected = try #require(golden.ids["plain"])
        let tokenizer = try CLIPTokenizer(directory: Golden.folder("plain"))
        let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try golden.texts.indices.filter {
                        try tokenizer.encode(golden.texts[$0], length: expected.length).ids
                            != expected.cut[$0]
                    }.count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }

    @Test func cacheBeginsAgainWhenFull() {
        let cache = WordCache()
        var encoded = 0
        func ids(_ number: Int) -> [Int] {
            cache.ids(of: Array(String(number).utf8)) {
                encoded += 1
                return [number]
            }
        }
        for number in 0..<70_000 { #expect(ids(number) == [number]) }
        #expect(encoded == 70_000)
        #expect(ids(69_999) == [69_999])
        #expect(encoded == 70_000)
        #expect(ids(0) == [0])
        #expect(encoded == 70_001)
    }
}
