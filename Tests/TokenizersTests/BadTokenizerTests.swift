import Diagnostics
import Foundation
import TestSupport
import Testing
import Tokenizers

/// Damaged and foreign files: each gets one failure that names file and field.
struct BadTokenizerTests {
    /// A file of a good tokenizer, what is replaced in it, and what the message must name.
    struct Damage: CustomTestStringConvertible, Sendable {
        let file: String
        let old: String
        let new: String
        let named: [String]
        var testDescription: String { "\(file): \(old) → \(new)" }
    }

    static let serialized = [
        Damage(
            file: "tokenizer.json", old: "\"Lowercase\"", new: "\"Strip\"", named: ["'normalizer'", "Strip"]),
        Damage(
            file: "tokenizer.json", old: "'re|'ve", new: "'ve|'re", named: ["'pre_tokenizer'", "'ve|'re"]),
        Damage(
            file: "tokenizer.json", old: "\"RobertaProcessing\"", new: "\"ByteLevel\"",
            named: ["post_processor", "'type'", "ByteLevel"]),
        Damage(
            file: "tokenizer.json", old: "\"dropout\": null", new: "\"dropout\": 0.1",
            named: ["model", "'dropout'", "0.1"]),
        Damage(
            file: "tokenizer.json", old: "\"type\": \"BPE\"", new: "\"type\": \"Unigram\"",
            named: ["model", "'type'", "Unigram"]),
        Damage(
            file: "tokenizer.json", old: "\"end_of_word_suffix\": \"</w>\"",
            new: "\"end_of_word_suffix\": \"\"",
            named: ["model", "'end_of_word_suffix'"]),
        Damage(
            file: "tokenizer.json", old: "\"byte_fallback\": false", new: "\"byte_fallback\": true",
            named: ["'byte_fallback'"]),
        Damage(
            file: "tokenizer.json", old: "\"single_word\": false", new: "\"single_word\": true",
            named: ["added_tokens[0]", "'single_word'"]),
        Damage(
            file: "tokenizer.json", old: "\"content\": \"<cat-toy>\"", new: "\"content\": \"dress</w>\"",
            named: ["'dress</w>'", "id"]),
        Damage(
            file: "tokenizer.json", old: "\"truncation\": null",
            new: "\"truncation\": {\"direction\": \"Left\"}",
            named: ["truncation", "'direction'", "Left"]),
        Damage(
            file: "tokenizer.json", old: "\"model\"", new: "\"modal\"", named: ["model", "not a JSON object"]),
        Damage(
            file: "tokenizer.json", old: "\"!\": 0", new: "\"!\": 1", named: ["model.vocab", "'\"'"]),
        Damage(
            file: "tokenizer.json", old: "\"!\": 0", new: "\"!\": -1", named: ["model.vocab", "'!'", "-1"]),
        Damage(
            file: "tokenizer_config.json", old: "\"CLIPTokenizer\"", new: "\"T5Tokenizer\"",
            named: ["tokenizer_config.json", "'tokenizer_class'", "T5Tokenizer"]),
        Damage(
            file: "tokenizer_config.json", old: "\"pad_token\": \"!\"", new: "\"pad_token\": 7",
            named: ["tokenizer_config.json", "pad_token"]),
    ]

    static let legacy = [
        Damage(
            file: "merges.txt", old: "#version: 0.2\n", new: "#version: 0.2\na b c\n",
            named: ["merges.txt", "line 2"]),
        Damage(
            file: "merges.txt", old: "#version: 0.2\n", new: "#version: 0.2\nqq zz\n",
            named: ["merges.txt", "merge 1", "'qq'"]),
        Damage(file: "vocab.json", old: "{", new: "[", named: ["vocab.json", "not valid JSON"]),
        Damage(file: "vocab.json", old: "\"!\":0", new: "\"!\":\"0\"", named: ["vocab.json", "'!'"]),
        Damage(
            file: "tokenizer_config.json", old: ":24", new: ":1",
            named: ["tokenizer_config.json", "'model_max_length'", "1"]),
        Damage(
            file: "tokenizer_config.json", old: ":24", new: ":\"24\"",
            named: ["tokenizer_config.json", "'model_max_length'"]),
        Damage(
            file: "tokenizer_config.json", old: ":24", new: ":24,\"padding_side\":\"left\"",
            named: ["tokenizer_config.json", "'padding_side'", "left"]),
        Damage(
            file: "tokenizer_config.json", old: ":24", new: ":24,\"added_tokens_decoder\":{\"x\":\"a\"}",
            named: ["tokenizer_config.json", "'added_tokens_decoder'"]),
    ]

    @Test(arguments: serialized) func damageToTheOneFileIsNamed(damage: Damage) throws {
        try expect(damage, in: "serialized")
    }

    @Test(arguments: legacy) func damageToTheOlderFilesIsNamed(damage: Damage) throws {
        try expect(damage, in: "plain")
    }

    private func expect(_ damage: Damage, in name: String) throws {
        let folder = try TemporaryFolder()
        let source = Golden.folder(name)
        for file in try FileManager.default.contentsOfDirectory(atPath: source.path) {
            var text = try String(contentsOf: source.appending(path: file), encoding: .utf8)
            if file == damage.file {
                let range = try #require(text.range(of: damage.old), "nothing to damage")
                text.replaceSubrange(range, with: damage.new)
            }
            try folder.write(file, text)
        }
        let failure = #expect(throws: Failure.self) { try CLIPTokenizer(directory: folder.url) }
        let summary = try #require(failure).summary
        #expect(failure?.kind == .badInput)
        #expect(failure?.hint != nil)
        for word in damage.named { #expect(summary.contains(word), "\(summary)") }
    }

    @Test func missingFilesAreNamed() throws {
        let folder = try TemporaryFolder()
        let failure = #expect(throws: Failure.self) { try CLIPTokenizer(directory: folder.url) }
        #expect(failure?.kind == .missingResource)
        #expect(failure?.summary.contains("merges.txt") == true)
    }

    @Test func byteWithoutTokenIsNamedWhereNothingStandsForIt() throws {
        let folder = try TemporaryFolder()
        try folder.write("vocab.json", "{\"a\": 0}")
        try folder.write("merges.txt", "#version: 0.2\n")
        let failure = #expect(throws: Failure.self) { try CLIPTokenizer(directory: folder.url) }
        #expect(failure?.summary.contains("vocab.json has neither 'Ā' nor 'unk_token'") == true)
    }

    @Test func badUTF8InMergesIsNamed() throws {
        let folder = try TemporaryFolder()
        try folder.write("vocab.json", "{\"a\": 0}")
        try folder.write("merges.txt", [0x61, 0x20, 0xFF, 0x0A])
        let failure = #expect(throws: Failure.self) { try CLIPTokenizer(directory: folder.url) }
        #expect(failure?.summary.contains("merges.txt: line 1") == true)
    }
}
