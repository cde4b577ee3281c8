import Diagnostics
import JSONValues
import Texts

/// What a byte-pair tokenizer learned: its tokens, and which pairs of them merge, in order of rank.
struct BytePairModel {
    /// What ends the last token of a word.
    static let endOfWord = "</w>"

    /// The file that holds the vocabulary, for messages.
    let source: String
    /// The id of every token.
    let vocabulary: [ExactString: Int]
    /// The file, and the path inside it, that holds the merges, for messages.
    let mergesSource: String
    /// The pairs that merge; the place of a pair is its rank.
    let merges: [(left: String, right: String)]

    /// The id of a token that a merge takes or makes.
    func id(of token: String, inMerge rank: Int) throws(Failure) -> Int {
        if let id = vocabulary[ExactString(token)] { return id }
        throw Failure(
            .badInput,
            "\(mergesSource): merge \(rank + 1) is about '\(token)', which is not in the vocabulary",
            hint: "Check that vocabulary and merges belong together.")
    }
}

extension BytePairModel {
    /// Reads `vocab.json` and `merges.txt`.
    init(vocabularyAndMergesIn folder: TokenizerFolder) throws(Failure) {
        source = folder.path("vocab.json")
        mergesSource = folder.path("merges.txt")
        guard let vocabulary = try folder.json("vocab.json"), let text = try folder.bytes("merges.txt") else {
            throw Failure(
                .missingResource,
                "\(folder.url.path) has neither 'tokenizer.json' nor both 'vocab.json' and 'merges.txt'",
                hint: "Name the folder that holds a tokenizer's files.")
        }
        self.vocabulary = try Self.vocabulary(vocabulary, source: source)
        merges = try Self.merges(text, source: mergesSource)
    }

    /// Reads the object that gives every token its id.
    static func vocabulary(_ value: JSONValue, source: String) throws(Failure) -> [ExactString: Int] {
        guard let object = value.object, !object.members.isEmpty else {
            throw Failure(
                .badInput, "\(source) is not an object of tokens and their ids",
                hint: "Check that it is the right file.")
        }
        var vocabulary: [ExactString: Int] = [:]
        vocabulary.reserveCapacity(object.members.count)
        var taken: Set<Int> = []
        for (token, value) in object.members {
            guard let id = value.integer, 0..<plausibleIDs ~= id, taken.insert(id).inserted else {
                throw Failure(
                    .badInput,
                    "\(source): token '\(token)' has \(value.text.prefix(60)), not an id of its own",
                    hint: "Give every token an integer from 0 that no other has.")
            }
            vocabulary[ExactString(token)] = id
        }
        return vocabulary
    }

    /// A larger id is a damaged file.
    static let plausibleIDs = 1 << 24

    /// Reads the lines of `merges.txt`: two tokens and a space between them; `#version` and empty lines pass.
    private static func merges(
        _ text: [UInt8], source: String
    ) throws(Failure) -> [(left: String, right: String)] {
        var merges: [(left: String, right: String)] = []
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if line.isEmpty || line.starts(with: "#version".utf8) { continue }
            guard let line = String(validating: line, as: UTF8.self), let merge = pair(line) else {
                throw Failure(
                    .badInput, "\(source): line \(index + 1) is not two tokens with a space between",
                    hint: "Check that the file is whole.")
            }
            merges.append(merge)
        }
        return merges
    }

    /// The two tokens of a merge that is written with a space between.
    static func pair(_ text: String) -> (left: String, right: String)? {
        let tokens = text.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false)
        guard tokens.count == 2, tokens.allSatisfy({ !$0.isEmpty }) else { return nil }
        return (String(tokens[0]), String(tokens[1]))
    }
}
