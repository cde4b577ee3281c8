import Catalogs
import Diagnostics
import DiffusionModels
import Kernels
import Randomness
import StageKit

/// All that an image's pixels follow from, as its rows have it.
struct GeneratedRow {
    let id: Int
    let uid: String
    let pixelSHA256: String
    /// The row of `sampling`: images of the same one are made together.
    let sampling: Int
    let model: MakingModel
    let settings: GenerationSettings
    /// What the model computed in.
    let precision: Precision
    private let noise: NoiseKind
    private let seed: Int
    private let conditioning: StoredConditioning
    private let unconditional: Int?
    private let initialImage: Int?

    /// - Throws: badInput where it is a real image, or was made by another engine, sampler, noise or precision than we
    ///   have.
    init(_ image: Int, in catalog: Catalog) throws(Failure) {
        let rows = try catalog.rows(
            """
            SELECT \(StoredConditioning.columns), image.uid, image.pixel_sha256, sampling.id, model.uid, model.name,
                model.weights_sha256, engine, sampler, steps, guidance, eta, strength, noise, sampling.width,
                sampling.height, generation.seed, unconditional_id, initial_image_id,
                precision, sampling.model_id
            FROM image JOIN generation ON generation.id = image.generation_id
            JOIN sampling ON sampling.id = generation.sampling_id JOIN model ON model.id = sampling.model_id
            JOIN conditioning ON conditioning.id = generation.conditioning_id WHERE image.id = ?
            """, [.integer(image)]
        ) { row throws(Failure) in try GeneratedRow(image, row) }
        guard let row = rows.first else {
            throw Failure(
                .badInput, "image \(image) is real: nothing made it, so nothing can make it again",
                hint: "'figment audit image \(image)' compares its file with its row.")
        }
        self = row
    }

    private init(_ id: Int, _ row: Row) throws(Failure) {
        func unknown(_ what: String, _ column: Int) -> Failure {
            Failure(
                .badInput,
                "image \(row.text(6)) was made with the \(what) '\(row.text(column))', which is not here",
                hint: "Make it again with the program that made it; 'figment audit image \(id)' names it.")
        }
        guard row.text(12) == "native" else { throw unknown("engine", 12) }
        guard let sampler = SamplerKind(rawValue: row.text(13)) else { throw unknown("sampler", 13) }
        guard let noise = NoiseKind(rawValue: row.text(18)) else { throw unknown("noise", 18) }
        guard let precision = Precision(rawValue: row.optionalText(24) ?? Precision.float32.rawValue) else {
            throw unknown("precision", 24)
        }
        self.precision = precision
        self.id = id
        uid = row.text(6)
        pixelSHA256 = row.text(7)
        sampling = row.integer(8)
        model = MakingModel(
            id: row.integer(25), uid: row.text(9), name: row.text(10), weights: row.text(11))
        var settings = GenerationSettings(
            sampler: sampler, steps: row.integer(14), guidance: row.real(15), eta: row.real(16),
            size: ImageSize(height: row.integer(20), width: row.integer(19)))
        if let strength = row.optionalReal(17) { settings.strength = strength }
        self.settings = settings
        self.noise = noise
        conditioning = StoredConditioning(row)
        seed = row.integer(21)
        unconditional = row.optionalInteger(22)
        initialImage = row.optionalInteger(23)
    }

    /// The request that the image answered.
    ///
    /// - Throws: catalog where a payload that it needs is missing or altered.
    func request(in catalog: Catalog) throws(Failure) -> ImageRequest {
        var empty: TextEmbedding?
        if let unconditional {
            empty = try catalog.rows(
                "SELECT \(StoredConditioning.columns) FROM conditioning WHERE id = ?",
                [.integer(unconditional)]
            ) { row throws(Failure) in try Self.embedding(StoredConditioning(row), catalog) }.first
        }
        var initial: RGBPixels?
        if let initialImage {
            let stored = try StoredPicture(of: initialImage, in: catalog)
            guard let picture = stored.picture, stored.damage == nil else {
                throw Failure(
                    .catalog, "the image that \(uid) begins from is damaged: \(stored.damage ?? "")",
                    hint: "Restore the pack from a copy.")
            }
            initial = RGBPixels(
                size: ImageSize(height: picture.height, width: picture.width), bytes: picture.pixels)
        }
        return ImageRequest(
            conditioning: try Self.embedding(conditioning, catalog), unconditional: empty,
            noise: noise.source(seed: seed), initial: initial)
    }

    private static func embedding(
        _ stored: StoredConditioning, _ catalog: Catalog
    ) throws(Failure) -> TextEmbedding {
        TextEmbedding(tokens: stored.tokens, channels: stored.width, values: try stored.values(in: catalog))
    }
}
