import Diagnostics
import Files
import ImageCodecs
import StageKit

/// A pair of IDX files; pictures are grey, and kept as PNG.
struct IDXPair: ImageSource {
    let place, fullPlace: String
    private let images: IDXFile
    private let labels: IDXFile
    private let concepts: [ListedConcept]
    private let split: String?

    /// - Throws: badInput where the files do not fit each other or the class list.
    init(
        images path: String, labels labelPath: String?, concepts: [ListedConcept], split: String?,
        _ paths: RecordedPaths
    ) throws(Failure) {
        guard let labelPath else {
            throw Failure(
                .usage, "\(path) is no folder, and an IDX file needs its labels", hint: "Give --labels FILE.")
        }
        images = try IDXFile(contentsOf: path)
        labels = try IDXFile(contentsOf: labelPath)
        guard images.shape.count == 3 else {
            throw Failure(.badInput, "\(path) holds labels, not images", hint: "Give the idx3 file first.")
        }
        guard labels.shape.count == 1, labels.count == images.count else {
            throw Failure(
                .badInput, "\(labelPath) holds \(labels.count) labels, and \(path) \(images.count) images",
                hint: "Give two files of one set.")
        }
        if let label = labels.labels.max(), Int(label) >= concepts.count {
            throw Failure(
                .badInput,
                "\(labelPath) has the label \(label), and the class list only \(concepts.count) classes",
                hint: "Import the class list that belongs to it, in the labels' order.")
        }
        self.concepts = concepts
        self.split = split
        place = try paths.recorded(path)
        fullPlace = try Path.absolute(path)
    }

    var count: Int { images.count }

    func name(_ index: Int, in place: String) -> String { "\(place)#\(index)" }

    func candidate(_ index: Int) -> Candidate {
        let label = Int(labels.labels[labels.labels.startIndex + index])
        let picture = RGBImage(
            width: images.shape[2], height: images.shape[1],
            pixels: images.picture(index).flatMap { [$0, $0, $0] })
        do throws(Failure) {
            return .image(
                RealImage(
                    source: name(index), bytes: try PNGCodec.encode(picture), format: .png, picture: picture,
                    concept: concepts[label].ids, split: split))
        } catch {
            return .refused(source: name(index), reason: error.summary)
        }
    }
}
