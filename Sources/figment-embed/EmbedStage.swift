import Arguments
import CLIPModels
import Catalogs
import Diagnostics
import Digests
import Foundation
import JSONValues
import Kernels
import StageKit
import StarterModels
import Tensors
import Tokenizers

/// Encodes captions with a diffusion pipeline's own text encoder: the token-level matrices that its UNet attends to.
///
/// The empty prompt is encoded too, once a model: guidance needs it.
struct EmbedStage: Stage {
    /// A caption, or the empty prompt.
    struct Caption: StageItem {
        /// Nil for the empty prompt.
        let source: (id: Int, uid: String, conceptID: Int?)?
        let text: String

        var claim: String { source.map { String($0.id) } ?? "unconditional" }
    }

    struct Conditioning: StageOutput {
        let caption: Caption
        /// T × C values, row by row.
        let states: [Float]
        let tokens: Int
        let encoding: CLIPTokenizer.Encoding

        var payloads: [[UInt8]] { [VectorBytes.encode(states)] }
    }

    private static let model = Argument<String>.required(
        "model", .text("DIR"), "a diffusion pipeline's folder, or starter:diffusion")

    static let syntax = CommandSyntax(
        "figment-embed", "encodes captions into conditionings",
        discussion: "--from selects ids of captions.", [model])
    static let unit = "conditionings"
    static let defaultBatch = 256

    let work: String
    private let model: Definition
    private let encoder: CLIPTextEncoder
    private let tokenizer: CLIPTokenizer
    private let length: Int
    private let restriction: String

    init(_ arguments: ParsedArguments, _ session: Session) throws(Failure) {
        if let threads = arguments[CommonArguments.threads] { Parallelism.threadCount = threads }
        let folder = URL(filePath: try StarterModels.directory(of: arguments[Self.model]))
        let (encoder, tokenizer) = try during("loading \(arguments[Self.model])") { () throws(Failure) in
            (
                try CLIPTextEncoder(directory: folder.appending(path: "text_encoder")),
                try CLIPTokenizer(directory: folder.appending(path: "tokenizer"))
            )
        }
        model = try session.defineModel(
            named: arguments[Self.model], family: "diffusion", folder: folder.path)
        self.encoder = encoder
        self.tokenizer = tokenizer
        length = min(tokenizer.maximumLength ?? .max, encoder.configuration.positions)
        work = "embed \(model.uid)"
        restriction = session.restriction("caption.id")
    }

    private var source: String {
        """
        FROM caption WHERE status = 'accepted' AND strategy <> 'given' AND NOT EXISTS (
            SELECT 1 FROM conditioning WHERE conditioning.caption_id = caption.id AND model_id = :model
            AND kind = 'text')
        \(restriction)
        """
    }

    private func needsUnconditional(in catalog: Catalog) throws(Failure) -> Bool {
        try catalog.integer(
            "SELECT EXISTS (SELECT 1 FROM conditioning WHERE kind = 'unconditional' AND model_id = :model)",
            [":model": model.reference]) == 0
    }

    func countPending(in catalog: Catalog) throws(Failure) -> Int {
        try catalog.integer("SELECT count(*) \(source)", [":model": model.reference])
            + (needsUnconditional(in: catalog) ? 1 : 0)
    }

    func pending(in catalog: Catalog, after last: Caption?, limit: Int) throws(Failure) -> [Caption] {
        var items: [Caption] = []
        if try needsUnconditional(in: catalog) { items.append(Caption(source: nil, text: "")) }
        items += try catalog.rows(
            """
            SELECT caption.id, caption.uid, caption.concept_id, caption.text \(source)
            AND caption.id > :last AND \(Claims.free("caption.id")) ORDER BY caption.id LIMIT :limit
            """,
            [
                ":model": model.reference, ":last": .integer(last?.source?.id ?? 0),
                ":limit": .integer(limit - items.count),
            ].claiming(work)
        ) { row in
            Caption(source: (row.integer(0), row.text(1), row.optionalInteger(2)), text: row.text(3))
        }
        return items
    }

    func process(_ items: [Caption]) throws(Failure) -> [Conditioning] {
        let encodings = try items.map { item throws(Failure) in
            try tokenizer.encode(item.text, length: length)
        }
        let states = try encoder.hiddenStates(of: encodings.map(\.ids), in: Workspace())
        return zip(items, encodings).enumerated().map { index, pair in
            Conditioning(
                caption: pair.0, states: states[index..<index + 1].values, tokens: length, encoding: pair.1)
        }
    }

    func append(
        _ output: Conditioning, payloads: [StoredPayload], run: Run, to catalog: Catalog
    ) throws(Failure) {
        let kind = output.caption.source == nil ? "unconditional" : "text"
        var identity: [(String, JSONValue)] = [("kind", .string(kind)), ("model", .string(model.uid.hex))]
        var columns: [String: SQLValue] = [
            "kind": .text(kind), "model_id": model.reference, "tokens": .integer(output.tokens),
            "width": .integer(output.states.count / output.tokens),
            "used_tokens": .integer(output.encoding.usedTokens),
            "truncated": .integer(output.encoding.isTruncated ? 1 : 0),
            "payload_sha256": .text(payloads[0].digest.hex), "pack_id": .integer(payloads[0].packID),
            "run_id": .integer(run.id),
        ]
        if let source = output.caption.source {
            identity.append(("caption", .string(source.uid)))
            columns["caption_id"] = .integer(source.id)
            if let concept = source.conceptID { columns["concept_id"] = .integer(concept) }
        }
        try catalog.append("conditioning", UID(of: "conditioning", identity), columns)
    }
}
