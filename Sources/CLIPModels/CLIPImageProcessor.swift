import Checkpoints
import Diagnostics
import Foundation
import ImageCodecs
import JSONValues

/// Makes of a picture what a CLIP image encoder takes, as transformers' `CLIPImageProcessor` does.
///
/// The picture is resized with Pillow's arithmetic, cut at the centre, rescaled to 0 … 1, and normalized. All four
/// steps are as `preprocessor_config.json` says, to the last bit.
public struct CLIPImageProcessor: Hashable, Sendable {
    /// Width and height of what is made, in pixels.
    public let width, height: Int
    private let resize: Resize?
    /// Of every channel, what each of the 256 levels becomes.
    private let levels: [[Float]]

    /// To which size a picture is brought before it is cut.
    private struct Resize: Hashable, Sendable {
        let size: Size
        let filter: ResizeFilter
    }

    /// A size as the configuration gives it.
    private enum Size: Hashable, Sendable {
        case shortestEdge(Int)
        case exactly(width: Int, height: Int)
    }

    /// Reads `preprocessor_config.json`, or the image processor in `processor_config.json`, from a model's folder.
    ///
    /// Throws `missingResource` where the folder has neither, `badInput` where an option is unknown.
    public init(directory: URL) throws(Failure) { try self.init(try Self.fields(in: directory)) }

    /// Reads the processor from a model's folder and checks that it makes what the model's encoder takes.
    ///
    /// Throws as `init(directory:)` does, and `badInput` where the sizes differ.
    public init(directory: URL, for encoder: CLIPVisionConfiguration) throws(Failure) {
        try self.init(directory: directory)
        guard width == encoder.imageSize, height == encoder.imageSize, encoder.imageChannels == 3 else {
            throw Failure(
                .badInput,
                """
                the image processor in \(directory.path) makes \(width) × \(height) pixels of 3 channels, where the \
                encoder takes \(encoder.imageSize) × \(encoder.imageSize) of \(encoder.imageChannels)
                """,
                hint: "Make 'crop_size' the model's 'image_size'.")
        }
    }

    init(_ fields: JSONFields) throws(Failure) {
        try fields.passProcessorBookkeeping()
        resize =
            try fields.boolean("do_resize", default: true)
            ? Resize(
                size: try Self.size("size", in: fields, default: 224), filter: try Self.filter(in: fields))
            : nil
        let crops = try fields.boolean("do_center_crop", default: true)
        let crop = crops ? try Self.size("crop_size", in: fields, default: 224) : resize?.size
        switch crop {
        case .exactly(let width, let height): (self.width, self.height) = (width, height)
        case .shortestEdge(let side) where crops: (width, height) = (side, side)
        default: throw fields.refusal("do_center_crop", "without it the pictures have no common size")
        }
        levels = try Self.levels(in: fields)
        fields.ignore("size", "crop_size", "resample", "rescale_factor", "image_mean", "image_std")
        try fields.refuseUnread()
    }

    /// The encoder's input for a picture: H × W × 3 values, as `CLIPModel.features(ofImages:)` takes them.
    ///
    /// Throws `badInput` where the picture is so narrow that bringing its shorter edge to size would make it huge.
    public func pixels(of picture: RGBImage) throws(Failure) -> [Float] {
        let image = try resized(picture)
        let (top, left) = (floorHalf(image.height - height), floorHalf(image.width - width))
        var values: [Float] = []
        values.reserveCapacity(width * height * 3)
        image.pixels.withUnsafeBufferPointer { pixels in
            for row in top..<top + height {
                for column in left..<left + width {
                    let isInside =
                        row >= 0 && row < image.height && column >= 0 && column < image.width
                    let place = (row * image.width + column) * 3
                    for channel in 0..<3 {
                        values.append(levels[channel][isInside ? Int(pixels[place + channel]) : 0])
                    }
                }
            }
        }
        return values
    }

    /// The greatest number of pixels a picture may have after it was resized; photographs stay far below.
    private static let greatestArea = 1 << 26

    private func resized(_ picture: RGBImage) throws(Failure) -> RGBImage {
        guard let resize else { return picture }
        switch resize.size {
        case .exactly(let width, let height):
            return picture.resized(width: width, height: height, filter: resize.filter)
        case .shortestEdge(let edge):
            let short = min(picture.width, picture.height)
            let long = Int(Double(edge * max(picture.width, picture.height)) / Double(short))
            guard edge * long <= Self.greatestArea else {
                throw Failure(
                    .badInput, "a picture of \(picture.width) × \(picture.height) pixels is too narrow",
                    hint: "Cut it to a shape that the model can look at.")
            }
            let isUpright = picture.width <= picture.height
            return picture.resized(
                width: isUpright ? edge : long, height: isUpright ? long : edge, filter: resize.filter)
        }
    }
}

extension CLIPImageProcessor {
    private static func fields(in directory: URL) throws(Failure) -> JSONFields {
        let path = directory.appending(path: "preprocessor_config.json").path
        let joint = directory.appending(path: "processor_config.json").path
        guard !FileManager.default.fileExists(atPath: path), FileManager.default.fileExists(atPath: joint)
        else {
            return try JSONFields(JSONValue(file: path), source: path)
        }
        let whole = try JSONFields(JSONValue(file: joint), source: joint)
        guard let part = whole.value("image_processor") else {
            throw Failure(
                .badInput, "\(joint) has no field 'image_processor'",
                hint: "Add preprocessor_config.json to the folder.")
        }
        return try JSONFields(part, source: "\(joint), image_processor")
    }

    /// Reads a size: an integer, `shortest_edge`, or `height` and `width`.
    private static func size(
        _ key: String, in fields: JSONFields, default fallback: Int
    ) throws(Failure) -> Size {
        guard let value = fields.value(key), value.object != nil else {
            return .shortestEdge(try fields.size(key, default: fallback, limit: greatestSide))
        }
        let parts = try JSONFields(value, source: "\(fields.source), \(key)")
        let size: Size
        if parts.value("shortest_edge") != nil {
            size = .shortestEdge(try parts.size("shortest_edge", default: fallback, limit: greatestSide))
        } else {
            size = .exactly(
                width: try parts.size("width", default: fallback, limit: greatestSide),
                height: try parts.size("height", default: fallback, limit: greatestSide))
        }
        try parts.refuseUnread()
        return size
    }

    private static let greatestSide = 1 << 13

    /// Reads Pillow's number of a filter.
    private static func filter(in fields: JSONFields) throws(Failure) -> ResizeFilter {
        switch try fields.integer("resample", default: 3) {
        case 1: return .lanczos
        case 2: return .bilinear
        case 3: return .bicubic
        default:
            throw fields.refusal("resample", "only 1 (Lanczos), 2 (bilinear) and 3 (bicubic) are supported")
        }
    }

    /// What each level of each channel becomes; the rounding after every step is transformers'.
    private static func levels(in fields: JSONFields) throws(Failure) -> [[Float]] {
        let rescales = try fields.boolean("do_rescale", default: true)
        let factor = try fields.number("rescale_factor", default: 1 / 255)
        let normalizes = try fields.boolean("do_normalize", default: true)
        let mean = try fields.channels("image_mean", default: [0.48145466, 0.4578275, 0.40821073])
        let deviation = try fields.channels("image_std", default: [0.26862954, 0.26130258, 0.27577711])
        guard factor.isFinite, deviation.allSatisfy({ $0 > 0 }) else {
            throw fields.refusal("image_std", "all three must be positive")
        }
        return (0..<3).map { channel in
            (0..<256).map { level in
                let value = rescales ? Float(Double(level) * factor) : Float(level)
                return normalizes ? (value - mean[channel]) / deviation[channel] : value
            }
        }
    }
}

extension JSONFields {
    /// Reads a number for each of the three channels.
    fileprivate func channels(_ key: String, default fallback: [Float]) throws(Failure) -> [Float] {
        guard let value = value(key) else { return fallback }
        let numbers = value.array?.compactMap { $0.number.map(Float.init) } ?? []
        guard numbers.count == 3, value.array?.count == 3, numbers.allSatisfy(\.isFinite) else {
            throw refusal(key, "it must be three numbers")
        }
        return numbers
    }

    /// Marks as known what says nothing about the pixels, and refuses another kind of processor.
    fileprivate func passProcessorBookkeeping() throws(Failure) {
        ignore(
            "data_format", "default_to_square", "device", "disable_grouping", "do_convert_rgb",
            "image_seq_length", "input_data_format", "processor_class", "return_tensors")
        let known = [
            "CLIPImageProcessor", "CLIPImageProcessorFast", "CLIPImageProcessorPil", "CLIPFeatureExtractor",
        ]
        for key in ["image_processor_type", "feature_extractor_type"] {
            guard let type = value(key) else { continue }
            guard let name = type.string, known.contains(name) else {
                throw refusal(key, "only \(known.joined(separator: ", ")) are supported")
            }
        }
        guard try !boolean("do_pad", default: false) else {
            throw refusal("do_pad", "CLIP's processor does not pad")
        }
    }
}

/// Half of a number, rounded down also where it is negative.
private func floorHalf(_ number: Int) -> Int { number >> 1 }
