import Diagnostics
import JSONValues

/// A `tokenizer.json`, the one file that the `tokenizers` library keeps everything in.
///
/// It can describe any tokenizer; only CLIP's is taken, and whatever differs is refused by name.
struct SerializedTokenizer {
    let model: BytePairModel
    let addedTokens: [AddedToken]
    private let postProcessor: JSONValue?
    private let source: String

    /// Reads the file, nil where there is none.
    init?(in folder: TokenizerFolder) throws(Failure) {
        guard let value = try folder.json("tokenizer.json") else { return nil }
        source = folder.path("tokenizer.json")
        let fields = try JSONFields(value, source: source)
        try Self.require(fields, "normalizer", [Self.normalizer])
        try Self.require(fields, "pre_tokenizer", Self.preTokenizers)
        for key in ["padding", "truncation"] {
            guard let value = fields.value(key) else { continue }
            let side = try JSONFields(value, source: "\(source): \(key)")
            try Self.require(side, "direction", ["Right"])
        }
        postProcessor = fields.value("post_processor")
        model = try BytePairModel(
            serialized: JSONFields(fields.value("model") ?? .null, source: "\(source): model"))
        addedTokens = try Self.addedTokens(fields.value("added_tokens") ?? [], source: source)
    }

    /// Refuses a post-processor that does not put these tokens around a text.
    func requireEnds(begin: (String, Int), end: (String, Int)) throws(Failure) {
        let fields = try JSONFields(postProcessor ?? .null, source: "\(source): post_processor")
        try Self.require(fields, "type", ["RobertaProcessing"])
        try Self.require(fields, "cls", [[.string(begin.0), .integer(begin.1)]])
        try Self.require(fields, "sep", [[.string(end.0), .integer(end.1)]])
    }

    private static func addedTokens(_ value: JSONValue, source: String) throws(Failure) -> [AddedToken] {
        let fields = try JSONFields(["added_tokens": value], source: source)
        var tokens: [AddedToken] = []
        for (index, value) in try fields.elements("added_tokens").enumerated() {
            let place = "\(source): added_tokens[\(index)]"
            let id = try JSONFields(value, source: place).integer("id")
            tokens.append(try AddedToken(value, id: id, isSpecial: false, source: place))
        }
        return tokens
    }

    fileprivate static func require(
        _ fields: JSONFields, _ key: String, _ accepted: [JSONValue]
    ) throws(Failure) {
        let value = fields.value(key) ?? .null
        guard !accepted.contains(value) else { return }
        throw Failure(
            .badInput,
            "\(fields.source): '\(key)' is \(value.text.prefix(400)), not CLIP's \(accepted[0].text)",
            hint: "Use the tokenizer of a CLIP text encoder.")
    }

    private static let normalizer: JSONValue = [
        "type": "Sequence",
        "normalizers": [
            ["type": "NFC"],
            ["type": "Replace", "pattern": ["Regex": "\\s+"], "content": " "],
            ["type": "Lowercase"],
        ],
    ]

    /// What transformers 5 writes, and what it wrote before; it reads all of them as the first.
    private static let preTokenizers: [JSONValue] = {
        let pattern = #"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#
        let literals = #"<\|startoftext\|>|<\|endoftext\|>|"#
        let byteLevel: JSONValue = ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true]
        let explicit: JSONValue = [
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
        ]
        return [(literals + pattern, explicit), (pattern, explicit), (pattern, byteLevel)].map {
            regex, bytes in
            let split: JSONValue = [
                "type": "Split", "pattern": ["Regex": .string(regex)], "behavior": "Removed", "invert": true,
            ]
            return ["type": "Sequence", "pretokenizers": [split, bytes]]
        }
    }()
}

extension BytePairModel {
    /// Reads the field `model` of a `tokenizer.json`.
    fileprivate init(serialized fields: JSONFields) throws(Failure) {
        try SerializedTokenizer.require(fields, "type", ["BPE", .null])
        try SerializedTokenizer.require(fields, "dropout", [.null, 0, 0.0])
        try SerializedTokenizer.require(fields, "continuing_subword_prefix", ["", .null])
        try SerializedTokenizer.require(fields, "end_of_word_suffix", [.string(Self.endOfWord)])
        for key in ["fuse_unk", "byte_fallback", "ignore_merges"] {
            try SerializedTokenizer.require(fields, key, [false, .null])
        }
        source = "\(fields.source).vocab"
        mergesSource = "\(fields.source).merges"
        vocabulary = try Self.vocabulary(fields.value("vocab") ?? .null, source: source)
        var merges: [(left: String, right: String)] = []
        for (index, value) in try fields.elements("merges").enumerated() {
            guard let merge = Self.merge(value) else {
                throw Failure(
                    .badInput, "\(mergesSource)[\(index)] is \(value.text.prefix(60)), not a pair of tokens",
                    hint: "Check that the file is whole.")
            }
            merges.append(merge)
        }
        self.merges = merges
    }

    /// A merge as it is written now, ["a", "b"], or as it was, "a b".
    private static func merge(_ value: JSONValue) -> (left: String, right: String)? {
        if let text = value.string { return pair(text) }
        guard let tokens = value.array, tokens.count == 2, let left = tokens[0].string,
            let right = tokens[1].string
        else { return nil }
        return (left, right)
    }
}
