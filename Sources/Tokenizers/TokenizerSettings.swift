import Diagnostics
import JSONValues

/// What the files beside the vocabulary say: the special tokens and their roles, added tokens, the length.
///
/// They are read as transformers reads them. `added_tokens_decoder` in `tokenizer_config.json` is the last word on
/// added tokens; without it `special_tokens_map.json` overrides the roles, and `added_tokens.json` and
/// `tokenizer.json` tell of added tokens.
struct TokenizerSettings {
    let bos: AddedToken
    let eos: AddedToken
    let pad: AddedToken
    let unknown: AddedToken
    /// T, nil where none is stated.
    let maximumLength: Int?
    /// All added tokens, those with stated ids first.
    let addedTokens: [AddedToken]

    /// Reads the files that are there.
    init(in folder: TokenizerFolder, serializedTokens: [AddedToken]) throws(Failure) {
        let fields = try JSONFields(
            try folder.json("tokenizer_config.json") ?? [:], source: folder.path("tokenizer_config.json"))
        try Self.requireCLIP(fields)
        maximumLength = try Self.maximumLength(fields)

        var stated = try Self.decoder(fields)
        var files = [fields]
        if stated == nil, let map = try folder.json("special_tokens_map.json") {
            files.insert(try JSONFields(map, source: folder.path("special_tokens_map.json")), at: 0)
        }
        let roles = try Self.roles(files)
        bos = roles["bos_token"] ?? AddedToken(special: "<|startoftext|>")
        eos = roles["eos_token"] ?? Self.end
        unknown = roles["unk_token"] ?? Self.end
        pad = roles["pad_token"] ?? Self.end

        // In the order in which transformers adds them.
        let named = [
            bos, eos, unknown, roles["sep_token"], pad, roles["cls_token"], roles["mask_token"],
        ]
        let special = named.compactMap { $0 } + (try Self.extraTokens(files))
        if stated == nil {
            let names = Set(special.map(\.content))
            stated = serializedTokens + (try Self.legacyTokens(folder, special: names))
        }
        addedTokens = (stated ?? []).sorted { ($0.id ?? .max) < ($1.id ?? .max) } + special
    }

    private static let end = AddedToken(special: "<|endoftext|>")
    private static let roleNames = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]

    private static func requireCLIP(_ fields: JSONFields) throws(Failure) {
        let accepted: [(key: String, values: [JSONValue])] = [
            (
                "tokenizer_class",
                ["CLIPTokenizer", "CLIPTokenizerFast", "PreTrainedTokenizerFast", "TokenizersBackend"]
            ),
            ("padding_side", ["right"]), ("truncation_side", ["right"]), ("split_special_tokens", [false]),
        ]
        for (key, values) in accepted {
            guard let value = fields.value(key), !values.contains(value) else { continue }
            throw Failure(
                .badInput,
                "\(fields.source): '\(key)' is \(value.text.prefix(60)), and only \(values[0].text) is supported",
                hint: "Use the tokenizer of a CLIP text encoder.")
        }
    }

    /// transformers writes 1e30 where no length is known.
    private static func maximumLength(_ fields: JSONFields) throws(Failure) -> Int? {
        let length = try fields.number("model_max_length", default: 1e30)
        guard length <= 65_536 else { return nil }
        guard length >= 2, let whole = Int(exactly: length) else {
            throw Failure(
                .badInput, "\(fields.source): 'model_max_length' is \(length), not an integer of at least 2",
                hint: "Put the text encoder's 'max_position_embeddings' there.")
        }
        return whole
    }

    /// The special tokens by role, as far as the files name them.
    private static func roles(_ files: [JSONFields]) throws(Failure) -> [String: AddedToken] {
        var roles: [String: AddedToken] = [:]
        for name in roleNames {
            guard let file = files.first(where: { $0.value(name) != nil }), let value = file.value(name)
            else { continue }
            roles[name] = try AddedToken(value, isSpecial: true, source: "\(file.source): \(name)")
        }
        return roles
    }

    private static func extraTokens(_ files: [JSONFields]) throws(Failure) -> [AddedToken] {
        var tokens: [AddedToken] = []
        for file in files {
            for key in ["extra_special_tokens", "additional_special_tokens"] {
                for value in try file.elements(key) {
                    tokens.append(try AddedToken(value, isSpecial: true, source: "\(file.source): \(key)"))
                }
            }
        }
        return tokens
    }

    /// The tokens of `added_tokens_decoder`, nil where the field is missing.
    private static func decoder(_ fields: JSONFields) throws(Failure) -> [AddedToken]? {
        let key = "added_tokens_decoder"
        guard let value = fields.value(key) else { return nil }
        guard let object = value.object else { throw fields.refusal(key, "an object of ids and tokens") }
        var tokens: [AddedToken] = []
        for (name, value) in object.members {
            guard let id = Int(name) else { throw fields.refusal(key, "an object with ids as keys") }
            let source = "\(fields.source): \(key).\(name)"
            tokens.append(try AddedToken(value, id: id, isSpecial: false, source: source))
        }
        return tokens
    }

    /// The tokens of `added_tokens.json`.
    private static func legacyTokens(
        _ folder: TokenizerFolder, special: Set<String>
    ) throws(Failure) -> [AddedToken] {
        guard let value = try folder.json("added_tokens.json") else { return [] }
        let fields = try JSONFields(value, source: folder.path("added_tokens.json"))
        var tokens: [AddedToken] = []
        for content in value.object?.keys ?? [] {
            tokens.append(
                try AddedToken(
                    .string(content), id: try fields.integer(content),
                    isSpecial: special.contains(content), source: fields.source))
        }
        return tokens
    }
}
