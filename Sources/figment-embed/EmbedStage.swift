import Arguments
import CLIPModels
import Catalogs
import Checkpoints
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
        let id: Int
        /// Nil for the empty prompt.
        let source: (uid: String, conceptID: Int?)?
        let text: String
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
        "model", .path("DIR"), "a diffusion pipeline's folder, or starter:diffusion")

    static let syntax = CommandSyntax(
        "figment-embed", "encodes captions into conditionings",
        discussion: "--from selects ids of captions.", [model])
    static let unit = "conditionings"
    static let defaultBatch = 256
    /// How many captions are encoded at once, whatever the batch, so that it does not decide about the memory.
    private static let groupSize = 64

    /// The empty prompt, then the captions.
    let passCount = 2
    private let model: Definition
    private let encoder: CLIPTextEncoder
    private let tokenizer: CLIPTokenizer
    private let length: Int

    init(_ arguments: ParsedArguments, _ session: Session) throws(Failure) {
        if let threads = arguments[CommonArguments.threads] { Parallelism.threadCount = threads }
        let folder = URL(filePath: try StarterModels.directory(of: arguments[Self.model]))
        let (encoder, tokenizer) = try during("loading \(arguments[Self.model])") { () throws(Failure) in
            try Self.checkMemory(forEncoderIn: folder.appending(path: "text_encoder"))
            return (
                try CLIPTextEncoder(directory: folder.appending(path: "text_encoder")),
                try CLIPTokenizer(directory: folder.appending(path: "tokenizer"))
            )
        }
        let files = try ModelFolder(
            folder.path, files: ModelFamily.diffusion.files(in: folder.path),
            family: ModelFamily.diffusion.name)
        model = try session.define(files, named: arguments[Self.model])
        self.encoder = encoder
        self.tokenizer = tokenizer
        length = min(tokenizer.maximumLength ?? .max, encoder.configuration.positions)
    }

    private static func checkMemory(forEncoderIn folder: URL) throws(Failure) {
        try MemoryNeed.check(
            "the text encoder \(folder.path)", hint: "Take a smaller model, or use fewer threads."
        ) { () throws(Failure) in
            let encoder = try CLIPTextEncoder(directory: folder)
            let text = [Int](repeating: 0, count: encoder.configuration.positions)
            _ = try encoder.hiddenStates(of: [[Int]](repeating: text, count: groupSize), in: Workspace())
        }
    }

    func pass(_ number: Int) -> Pass<Caption> { number == 0 ? emptyPrompt : captions }

    private var emptyPrompt: Pass<Caption> {
        Pass(
            work: "embed \(model.uid) unconditional", over: "empty.id", of: "(SELECT 1 AS id) AS empty",
            columns: "empty.id",
            where: """
                NOT EXISTS (SELECT 1 FROM conditioning WHERE caption_id IS NULL AND model_id = :model
                    AND kind = 'unconditional')
                """,
            choice: nil, [":model": model.reference]
        ) { row in Caption(id: row.integer(0), source: nil, text: "") }
    }

    private var captions: Pass<Caption> {
        Pass(
            work: "embed \(model.uid)", over: "caption.id", of: "caption",
            columns: "caption.id, caption.uid, caption.concept_id, caption.text",
            where: """
                status = 'accepted' AND strategy <> 'given' AND NOT EXISTS (
                    SELECT 1 FROM conditioning WHERE conditioning.caption_id = caption.id AND model_id = :model
                    AND kind = 'text')
                """,
            choice: "caption.id", [":model": model.reference]
        ) { row in
            Caption(id: row.integer(0), source: (row.text(1), row.optionalInteger(2)), text: row.text(3))
        }
    }

    func process(_ items: [Caption]) throws(Failure) -> [Conditioning] {
        let encodings = try items.map { item throws(Failure) in
            try tokenizer.encode(item.text, length: length)
        }
        let workspace = Workspace()
        var states: [[Float]] = []
        for start in stride(from: 0, to: items.count, by: Self.groupSize) {
            let group = encodings[start..<min(start + Self.groupSize, items.count)].map(\.ids)
            try workspace.temporarily { () throws(Failure) in
                let encoded = try encoder.hiddenStates(of: group, in: workspace)
                states += group.indices.map { encoded[$0..<$0 + 1].values }
            }
        }
        return zip(zip(items, encodings), states).map { pair, states in
            Conditioning(caption: pair.0, states: states, tokens: length, encoding: pair.1)
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
            columns["caption_id"] = .integer(output.caption.id)
            if let concept = source.conceptID { columns["concept_id"] = .integer(concept) }
        }
        try catalog.append("conditioning", UID(of: "conditioning", identity), columns)
    }
}
