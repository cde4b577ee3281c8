import Diagnostics
import ImageCodecs
import JSONValues
import StageKit
import Wardrobe

/// A file of Fashion-MNIST: photographs and what each shows.
struct PhotographFile {
    let name: String
    let photographs: [Photograph]
    let garments: [Garment]

    /// Reads a pair of files as they are published, packed or not.
    ///
    /// - Throws: missingResource where one is missing, badInput where the counts differ or a label is unknown.
    init(_ file: WardrobeSplit.File, folder: String) throws(Failure) {
        let pictures = try Self.read("\(file.rawValue)-images-idx3-ubyte", folder)
        let labels = try Self.read("\(file.rawValue)-labels-idx1-ubyte", folder)
        guard pictures.shape.count == 3, labels.shape.count == 1, pictures.count == labels.count else {
            throw Failure(
                .badInput,
                "\(pictures.name) holds \(pictures.count) pictures, \(labels.name) \(labels.count) labels",
                hint: "Give both files of one set.")
        }
        name = file.rawValue
        var photographs: [Photograph] = []
        for index in 0..<pictures.count {
            photographs.append(try Photograph(grey: Array(pictures.picture(index))))
        }
        self.photographs = photographs
        var garments: [Garment] = []
        for (index, label) in labels.labels.enumerated() {
            guard let garment = Garment(rawValue: Int(label)) else {
                throw Failure(
                    .badInput, "\(labels.name): label \(index) is \(label), not 0 to 9",
                    hint: "Use Fashion-MNIST's own files.")
            }
            garments.append(garment)
        }
        self.garments = garments
    }

    private static func read(_ name: String, _ folder: String) throws(Failure) -> IDXFile {
        do {
            return try IDXFile(contentsOf: "\(folder)/\(name).gz")
        } catch  where error.kind == .missingResource {
            do {
                return try IDXFile(contentsOf: "\(folder)/\(name)")
            } catch  where error.kind == .missingResource {
                throw Failure(
                    .missingResource, "there is no \(name).gz in \(folder)",
                    hint:
                        "Install Debian's package dataset-fashion-mnist, or name the folder by --photographs."
                )
            }
        }
    }
}

/// The scenes of one split, composed and recorded batch by batch.
struct WardrobeBatch {
    let split: WardrobeSplit
    let scenesPerPhotograph: Int
    let seed: Int
    let photographs: PhotographFile
    let concepts: ConceptIDs

    /// Composes what is missing, up to `limit` scenes.
    func run(in session: Session, limit: Int, _ tally: inout ImportTally) throws(Failure) {
        guard photographs.garments.count >= split.photographs.upperBound else {
            throw Failure(
                .badInput,
                "\(photographs.name) holds \(photographs.garments.count) photographs, and split "
                    + "\(split.rawValue) needs \(split.photographs.upperBound)",
                hint: "Use Fashion-MNIST's own files.")
        }
        let world = WardrobeWorld(split: split, garments: photographs.garments, seed: UInt64(seed))
        let total = min(limit, split.photographs.count * scenesPerPhotograph)
        var progress = Progress("import wardrobe \(split.rawValue)", total: total, unit: "scenes")
        defer { progress.finish() }
        var next = 0
        while next < total && !Interruption.isRequested {
            let numbers = next..<min(next + 500, total)
            let wanted = try session.missing(numbers) { [source($0)] }
            tally.skip(numbers.count - wanted.count)
            let batch = try wanted.map { number throws(Failure) in Candidate.image(try image(number, world)) }
            if !batch.isEmpty { try tally.record(batch, in: session) }
            progress.advance(by: numbers.count)
            next = numbers.upperBound
        }
    }

    /// Scene `number` of the split: all photographs' first scenes come before any second one.
    private func place(_ number: Int) -> (photograph: Int, variant: Int) {
        let count = split.photographs.count
        return (split.photographs.lowerBound + number % count, number / count)
    }

    private func source(_ number: Int) -> String {
        let (photograph, variant) = place(number)
        return "wardrobe/\(split.rawValue)/seed-\(seed)/\(photograph)/\(variant)"
    }

    private func image(_ number: Int, _ world: WardrobeWorld) throws(Failure) -> RealImage {
        let (photograph, variant) = place(number)
        let recipe = world.recipe(photograph: photograph, variant: variant)
        let companion = recipe.companion.map { photographs.photographs[$0.garment.photograph] }
        let scene = SceneComposer.compose(
            recipe, subject: photographs.photographs[photograph], companion: companion)
        let picture = RGBImage(width: Scene.side, height: Scene.side, pixels: scene.pixels)
        return RealImage(
            source: source(number), bytes: try PNGCodec.encode(picture), format: .png, picture: picture,
            concept: concepts[recipe.subject.garment.key], split: split.rawValue,
            caption: CaptionWriter.caption(for: recipe), attributes: attributes(recipe))
    }

    private func attributes(_ recipe: SceneRecipe) -> JSONValue {
        var members: [(key: String, value: JSONValue)] = [
            ("garment", .string(recipe.subject.garment.key)), ("color", .string(recipe.subject.color.name)),
            ("background", .string(recipe.backdrop.key)), ("rendering", .string(recipe.rendering.rawValue)),
        ]
        if let companion = recipe.companion {
            members += [
                ("relation", .string(companion.relation.key)),
                ("other_garment", .string(companion.garment.garment.key)),
                ("other_color", .string(companion.garment.color.name)),
            ]
        }
        return .object(JSONObject(members))
    }
}
