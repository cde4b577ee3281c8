import Diagnostics
import Foundation

/// CLIP's byte-level byte-pair tokenizer: a text becomes exactly the ids that transformers' `CLIPTokenizer` gives.
///
/// Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021), section 2.4.
/// A text is normalized and cut into words (`CLIPText`); each word's bytes are merged into tokens
/// (`BytePairEncoder`); tokens that were added to the vocabulary are found in the text before any of that.
public struct CLIPTokenizer: Sendable {
    /// The id that begins every text.
    public let bosID: Int
    /// The id that ends every text.
    public let eosID: Int
    /// The id that fills what is left of the length.
    public let padID: Int
    /// V: one more than the largest id, so that an embedding of V rows has one for every id.
    public let vocabularySize: Int
    /// T: how many ids the model takes, or nil where the files state none (or 1e30, which means none).
    public let maximumLength: Int?

    private let source: String
    private let encoder: BytePairEncoder
    private let rawTokens: TokenMatcher
    private let normalizedTokens: TokenMatcher
    private let cache = WordCache()

    /// Reads a folder in the Hugging Face layout.
    ///
    /// As transformers does, it prefers `tokenizer.json`, and reads `vocab.json` with `merges.txt` where there is
    /// none; `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json` count where present.
    ///
    /// Throws `missingResource` where the vocabulary is missing, `io` where a file can't be read, and `badInput`,
    /// naming file and field, where one is damaged or asks for another kind of tokenizer.
    public init(directory: URL) throws(Failure) {
        let folder = TokenizerFolder(url: directory)
        let serialized = try SerializedTokenizer(in: folder)
        let model =
            if let serialized { serialized.model } else { try BytePairModel(vocabularyAndMergesIn: folder) }
        let settings = try TokenizerSettings(in: folder, serializedTokens: serialized?.addedTokens ?? [])
        let added = try AddedVocabulary(settings.addedTokens, model: model)

        source = directory.path
        bosID = try added.id(of: settings.bos)
        eosID = try added.id(of: settings.eos)
        padID = try added.id(of: settings.pad)
        maximumLength = settings.maximumLength
        vocabularySize = added.vocabularySize
        encoder = try BytePairEncoder(model, unknownToken: settings.unknown)
        rawTokens = TokenMatcher(added.rawTokens)
        normalizedTokens = TokenMatcher(added.normalizedTokens)
        try serialized?.requireEnds(
            begin: (settings.bos.content, bosID), end: (settings.eos.content, eosID))
    }

    /// The ids of a text: begun, ended, cut to a length with its end kept, and padded to it.
    ///
    /// - Parameters:
    ///   - text: any text.
    ///   - length: T, the number of ids wanted, at least 2; the model's own maximum where nil.
    ///
    /// Throws `badInput` where the length is less than 2, or nil and the files state none.
    public func encode(_ text: String, length: Int? = nil) throws(Failure) -> Encoding {
        guard let length = length ?? maximumLength else {
            throw Failure(
                .badInput, "\(source): tokenizer_config.json states no usable 'model_max_length'",
                hint: "Put the text encoder's 'max_position_embeddings' there.")
        }
        guard length >= 2 else {
            throw Failure(
                .badInput, "a text cannot be encoded in \(length) tokens: its begin and end take 2",
                hint: "Use a text encoder that takes at least 2.")
        }
        var ids = [bosID] + tokens(of: text) + [eosID]
        let used = ids.count
        if used > length {
            ids.removeSubrange(length - 1..<used - 1)
        } else {
            ids += repeatElement(padID, count: length - used)
        }
        return Encoding(ids: ids, usedTokens: used)
    }

    /// The ids of a text alone, neither begun nor ended.
    private func tokens(of text: String) -> [Int] {
        var ids: [Int] = []
        for part in rawTokens.split(Array(text.unicodeScalars)) {
            switch part {
            case .token(let id): ids.append(id)
            case .text(let scalars): appendTokens(ofNormalized: CLIPText.normalize(scalars), to: &ids)
            }
        }
        return ids
    }

    private func appendTokens(ofNormalized text: [Unicode.Scalar], to ids: inout [Int]) {
        for part in normalizedTokens.split(text) {
            switch part {
            case .token(let id): ids.append(id)
            case .text(let scalars):
                for word in CLIPText.words(of: scalars) {
                    let bytes = word.flatMap(\.utf8)
                    ids += cache.ids(of: bytes) { encoder.ids(of: bytes) }
                }
            }
        }
    }
}

extension CLIPTokenizer {
    /// What a text becomes.
    public struct Encoding: Hashable, Sendable {
        /// The ids, [T]: begin, text, end, padding.
        public let ids: [Int]
        /// How many ids the whole text takes with begin and end, were there room for all.
        public let usedTokens: Int
        /// Whether the end of the text was cut off.
        public var isTruncated: Bool { usedTokens > ids.count }
    }
}
