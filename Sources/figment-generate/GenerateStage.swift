import Arguments
import Catalogs
import Checkpoints
import Diagnostics
import DiffusionModels
import Digests
import Foundation
import ImageCodecs
import JSONValues
import Kernels
import Randomness
import StageKit
import StarterModels

/// Makes images from conditionings by latent diffusion.
struct GenerateStage: Stage {
    /// One image to be made.
    struct Request: StageItem {
        let conditioning: StoredConditioning
        let ordinal: Int
        let caption: Int?
        let concept: Int?

        var id: Int { conditioning.id }
    }

    /// A request with the payload of what the image is conditioned on.
    typealias LoadedRequest = (request: Request, payload: [UInt8])

    struct Image: StageOutput {
        let request: Request
        let seed: Int
        let result: Result<(file: [UInt8], picture: RGBImage), Failure>

        var payloads: [[UInt8]] { (try? result.get()).map { [$0.file] } ?? [] }
        var refusal: String? { if case .failure(let failure) = result { failure.summary } else { nil } }
    }

    static let syntax = GenerateOptions.syntax
    static let unit = "images"
    static let defaultBatch = 32

    /// One over the conditionings for each ordinal: every one gets its first image, then its second, and so on, so
    /// that a run which stops early is balanced.
    let passCount: Int
    private let pipeline: LatentDiffusionPipeline
    private let settings: GenerationSettings
    private let noise: NoiseKind
    private let seed: Int
    private let model: Definition
    private let sampling: Definition
    private let unconditional: TextEmbedding?
    /// The shape of the model's conditionings, as that of the empty prompt has it.
    private let shape: (tokens: Int, width: Int)

    init(_ arguments: ParsedArguments, _ session: Session) throws(Failure) {
        if let threads = arguments[CommonArguments.threads] { Parallelism.threadCount = threads }
        let name = arguments[GenerateOptions.model]
        let folder = try StarterModels.directory(of: name)
        let precision = arguments[GenerateOptions.precision]
        let pipeline = try during("loading \(name)") { () throws(Failure) in
            try LatentDiffusionPipeline(
                directory: URL(filePath: folder), precision: precision, encodes: false)
        }
        self.pipeline = pipeline
        let size = try Self.size(arguments[GenerateOptions.size], of: pipeline)
        settings = GenerationSettings(
            sampler: arguments[GenerateOptions.sampler], steps: arguments[GenerateOptions.steps],
            guidance: arguments[GenerateOptions.guidance], eta: arguments[GenerateOptions.eta], size: size)
        noise = arguments[GenerateOptions.noise]
        seed = arguments[CommonArguments.seed]
        passCount = arguments[GenerateOptions.per]
        let files = try ModelFolder(
            folder, files: ModelFamily.diffusion.files(in: folder), family: ModelFamily.diffusion.name)
        let model = try session.define(files, named: name)
        self.model = model
        let catalog = session.catalog
        let empty = try Self.unconditional(of: model, name, in: catalog)
        shape = (empty.tokens, empty.width)
        unconditional = settings.isGuided ? try Self.embedding(empty, in: catalog) : nil
        let sampler = arguments[GenerateOptions.sampler].rawValue
        let uid = UID(
            of: "sampling",
            [
                ("engine", "native"), ("eta", .real(settings.eta)), ("guidance", .real(settings.guidance)),
                ("height", .integer(size.height)), ("model", .string(model.uid.hex)),
                ("noise", .string(noise.rawValue)),
                ("precision", precision == .float32 ? .null : .string(precision.rawValue)),
                ("sampler", .string(sampler)), ("seed", .integer(seed)), ("steps", .integer(settings.steps)),
                ("unconditional", settings.isGuided ? .string(empty.uid) : .null),
                ("width", .integer(size.width)),
            ])
        sampling = try session.define("sampling", uid) { [settings, noise, seed] in
            [
                "engine": "native", "eta": .real(settings.eta), "guidance": .real(settings.guidance),
                "height": .integer(size.height), "model_id": model.reference, "noise": .text(noise.rawValue),
                "precision": precision == .float32 ? .null : .text(precision.rawValue),
                "sampler": .text(sampler), "seed": .integer(seed), "steps": .integer(settings.steps),
                "unconditional_id": settings.isGuided ? .integer(empty.id) : .null,
                "width": .integer(size.width),
            ]
        }
    }

    private static func size(
        _ asked: PixelSize?, of pipeline: LatentDiffusionPipeline
    ) throws(Failure) -> ImageSize {
        if let asked {
            try ImageLimits().check(width: asked.width, height: asked.height, name: "--size")
            return ImageSize(height: asked.height, width: asked.width)
        }
        guard let trained = pipeline.trainedSize else {
            throw Failure(
                .usage, "the model does not say which size its images have",
                hint: "Give --size, such as 512x512.")
        }
        return trained
    }

    private static func unconditional(
        of model: Definition, _ name: String, in catalog: Catalog
    ) throws(Failure) -> StoredConditioning {
        let found = try catalog.rows(
            """
            SELECT \(StoredConditioning.columns) FROM conditioning
            WHERE kind = 'unconditional' AND caption_id IS NULL AND model_id = ?
            """, [model.reference]
        ) { StoredConditioning($0) }
        guard let conditioning = found.first else {
            throw Failure(
                .missingResource, "no caption has been embedded by \(name)",
                hint: "Run 'figment embed --model \(name)' first.")
        }
        return conditioning
    }

    private static func embedding(
        _ row: StoredConditioning, in catalog: Catalog
    ) throws(Failure) -> TextEmbedding {
        TextEmbedding(
            tokens: row.tokens, channels: row.width, values: try row.values(in: catalog))
    }

    func pass(_ number: Int) -> Pass<Request> {
        Pass(
            work: "generate \(sampling.uid) \(number)", over: "conditioning.id", of: "conditioning",
            joins: "LEFT JOIN caption ON caption.id = conditioning.caption_id",
            columns: """
                \(StoredConditioning.columns), conditioning.caption_id,
                coalesce(conditioning.concept_id, caption.concept_id)
                """,
            where: """
                conditioning.model_id = :model AND conditioning.kind <> 'unconditional' AND NOT EXISTS (
                    SELECT 1 FROM generation WHERE sampling_id = :sampling
                    AND generation.conditioning_id = conditioning.id AND ordinal = :ordinal)
                AND NOT EXISTS (
                    SELECT 1 FROM refusal WHERE stage = 'generate'
                    AND subject = :prefix || conditioning.uid || '/' || :ordinal)
                """,
            choice: "conditioning.id",
            [
                ":model": model.reference, ":ordinal": .integer(number), ":prefix": .text("\(sampling.uid)/"),
                ":sampling": sampling.reference,
            ]
        ) { row in
            Request(
                conditioning: StoredConditioning(row), ordinal: number, caption: row.optionalInteger(6),
                concept: row.optionalInteger(7))
        }
    }

    /// Its pixels, once as they are and once as a file.
    func byteCount(of item: Request) -> Int { settings.size.map { 6 * $0.width * $0.height } ?? 0 }

    func load(_ items: [Request], from catalog: Catalog) throws(Failure) -> [LoadedRequest] {
        try items.map { request throws(Failure) in
            (request, try request.conditioning.payload(in: catalog))
        }
    }

    func process(_ inputs: [LoadedRequest]) throws(Failure) -> [Image] {
        let seeds = inputs.map {
            GenerationSeed.seed(of: $0.request.conditioning.uid, $0.request.ordinal, base: seed)
        }
        let requests = zip(inputs, seeds).map { input, seed in
            Result { () throws(Failure) in
                ImageRequest(
                    conditioning: try embedding(of: input), unconditional: unconditional,
                    noise: noise.source(seed: seed))
            }
        }
        var results = try pipeline.generate(requests.compactMap { try? $0.get() }, settings)[...]
        return zip(zip(inputs.map(\.request), seeds), requests).map { request, asked in
            let made = asked.flatMap { _ in results.removeFirst() }.flatMap { pixels in
                Result { () throws(Failure) in
                    let picture = RGBImage(
                        width: pixels.size.width, height: pixels.size.height, pixels: pixels.bytes)
                    return (file: try PNGCodec.encode(picture), picture: picture)
                }
            }
            return Image(request: request.0, seed: request.1, result: made)
        }
    }

    /// What an image is conditioned on.
    ///
    /// - Throws: catalog where the payload is not what its row says; badInput where it does not fit the model.
    private func embedding(of input: LoadedRequest) throws(Failure) -> TextEmbedding {
        let row = input.request.conditioning
        let values = try row.values(of: input.payload)
        guard (row.tokens, row.width) == shape else {
            throw Failure(
                .badInput,
                "conditioning \(row.id) is \(row.tokens) × \(row.width), and those of this model are "
                    + "\(shape.tokens) × \(shape.width)")
        }
        return TextEmbedding(tokens: row.tokens, channels: row.width, values: values)
    }

    func append(
        _ output: Image, payloads: [StoredPayload], run: Run, to catalog: Catalog
    ) throws(Failure) {
        let request = output.request
        guard case .success(let made) = output.result else {
            try Session.refuse(
                stage: "generate", kind: "generation",
                subject: "\(sampling.uid)/\(request.conditioning.uid)/\(request.ordinal)",
                reason: output.refusal ?? "", run: run, in: catalog)
            return
        }
        let generationUID = UID(
            of: "generation",
            [
                ("conditioning", .string(request.conditioning.uid)), ("ordinal", .integer(request.ordinal)),
                ("sampling", .string(sampling.uid.hex)),
            ])
        let generation = try catalog.append(
            "generation", generationUID,
            [
                "sampling_id": sampling.reference, "conditioning_id": .integer(request.id),
                "ordinal": .integer(request.ordinal), "seed": .integer(output.seed),
                "run_id": .integer(run.id),
            ])
        try catalog.append(
            "image", UID(of: "image", [("generation", .string(generationUID.hex))]),
            [
                "origin": "generated", "generation_id": .integer(generation),
                "concept_id": request.concept.map { .integer($0) } ?? .null,
                "caption_id": request.caption.map { .integer($0) } ?? .null, "format": "png",
                "width": .integer(made.picture.width), "height": .integer(made.picture.height),
                "byte_count": .integer(made.file.count), "file_sha256": .text(payloads[0].digest.hex),
                "pixel_sha256": .text(made.picture.pixelDigest.hex), "pack_id": .integer(payloads[0].packID),
                "run_id": .integer(run.id),
            ])
    }
}
