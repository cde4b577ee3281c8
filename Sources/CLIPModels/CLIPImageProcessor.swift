import Diagnostics
import Foundation
import ImageCodecs
import JSONValues

/// What is done to a picture before a CLIP sees it, as transformers' `CLIPImageProcessor` does it.
///
/// Resize in 8 bits as Pillow does, crop the middle, scale levels to numbers, normalize each channel.
public struct CLIPImageProcessor: Sendable {
    /// The size that pictures are resized to.
    private enum Target {
        /// The shorter side gets this length; the other follows, rounded down.
        case shortestEdge(Int)
        /// Both sides get these lengths, whatever the shape was.
        case exactly(width: Int, height: Int)
    }

    private let target: Target?
    private let filter: ResizeFilter
    private let crop: (width: Int, height: Int)?
    private let scale: Float
    private let mean: [Float]
    private let deviation: [Float]

    /// Reads the `preprocessor_config.json` of a model's folder.
    ///
    /// Throws `missingResource` where there is none, `badInput` that names the field where it asks for what is not
    /// supported.
    public init(directory: URL) throws(Failure) {
        let path = directory.appending(path: "preprocessor_config.json").path
        let fields = try JSONFields(JSONValue(file: path), source: path)
        let kind = try fields.string(
            "image_processor_type",
            default: fields.string("feature_extractor_type", default: "CLIPImageProcessor"))
        let known = [
            "CLIPImageProcessor", "CLIPFeatureExtractor", "CLIPImageProcessorFast", "CLIPImageProcessorPil",
        ]
        guard known.contains(kind) else {
            throw fields.refusal("image_processor_type", "only CLIP's own is supported")
        }
        let resizes = try fields.boolean("do_resize", default: true)
        target = resizes ? try Self.target(fields) : nil
        filter = try Self.filter(fields)
        let crops = try fields.boolean("do_center_crop", default: true)
        crop = crops ? try Self.crop(fields) : nil
        let rescales = try fields.boolean("do_rescale", default: true)
        scale = rescales ? Float(try fields.number("rescale_factor", default: 1.0 / 255)) : 1
        let normalizes = try fields.boolean("do_normalize", default: true)
        mean = normalizes ? try Self.channels("image_mean", fields) : [0, 0, 0]
        deviation = normalizes ? try Self.channels("image_std", fields) : [1, 1, 1]
        guard deviation.allSatisfy({ $0 > 0 }) else {
            throw fields.refusal("image_std", "it must be above 0")
        }
        // Pictures are RGB here already; the rest says how transformers batches, or belongs to other processors.
        fields.ignore(
            "do_convert_rgb", "processor_class", "feature_extractor_type", "crop_pct", "data_format",
            "input_data_format", "device", "return_tensors", "default_to_square", "do_pad", "pad_size",
            "disable_grouping", "image_seq_length")
        try fields.refuseUnread()
    }

    /// The values of a picture, H × W × 3 row by row, as `CLIPModel.features(ofImages:)` takes them.
    ///
    /// Throws `badInput` where the picture is smaller than the part that is to be cut out of it.
    public func pixels(of picture: RGBImage) throws(Failure) -> [Float] {
        var picture = resized(picture)
        if let crop {
            guard picture.width >= crop.width, picture.height >= crop.height else {
                throw Failure(
                    .badInput,
                    "a picture of \(picture.width) × \(picture.height) pixels is smaller than the model's crop of "
                        + "\(crop.width) × \(crop.height)",
                    hint: "Give a model whose processor resizes first.")
            }
            picture = picture.centreCropped(width: crop.width, height: crop.height)
        }
        var values: [Float] = []
        values.reserveCapacity(picture.pixels.count)
        for (index, level) in picture.pixels.enumerated() {
            values.append((Float(level) * scale - mean[index % 3]) / deviation[index % 3])
        }
        return values
    }

    private func resized(_ picture: RGBImage) -> RGBImage {
        let (width, height) = (picture.width, picture.height)
        switch target {
        case nil: return picture
        case .exactly(let width, let height):
            return picture.resized(width: width, height: height, filter: filter)
        case .shortestEdge(let edge):
            return width <= height
                ? picture.resized(width: edge, height: edge * height / width, filter: filter)
                : picture.resized(width: edge * width / height, height: edge, filter: filter)
        }
    }

    private static func target(_ fields: JSONFields) throws(Failure) -> Target {
        let size = fields.value("size") ?? 224
        if let edge = size.integer ?? size.object?["shortest_edge"]?.integer, (1...8_192).contains(edge) {
            return .shortestEdge(edge)
        }
        if let size = side("width", "height", of: size) {
            return .exactly(width: size.width, height: size.height)
        }
        throw fields.refusal("size", "it must be a shortest_edge, or a height and a width, from 1 to 8192")
    }

    private static func crop(_ fields: JSONFields) throws(Failure) -> (width: Int, height: Int) {
        let size = fields.value("crop_size") ?? 224
        if let edge = size.integer, (1...8_192).contains(edge) { return (edge, edge) }
        guard let sides = side("width", "height", of: size) else {
            throw fields.refusal("crop_size", "it must be a height and a width, from 1 to 8192")
        }
        return sides
    }

    private static func side(
        _ width: String, _ height: String, of size: JSONValue
    ) -> (width: Int, height: Int)? {
        guard let width = size.object?[width]?.integer, let height = size.object?[height]?.integer,
            (1...8_192).contains(width), (1...8_192).contains(height)
        else { return nil }
        return (width, height)
    }

    /// The filter by Pillow's number for it.
    private static func filter(_ fields: JSONFields) throws(Failure) -> ResizeFilter {
        switch try fields.integer("resample", default: 3) {
        case 1: return .lanczos
        case 2: return .bilinear
        case 3: return .bicubic
        default:
            throw fields.refusal("resample", "only 1 (lanczos), 2 (bilinear) and 3 (bicubic) are supported")
        }
    }

    private static func channels(_ key: String, _ fields: JSONFields) throws(Failure) -> [Float] {
        // The means and deviations of the images that CLIP was trained on (Radford et al. 2021, released code).
        let fallback =
            key == "image_mean" ? [0.48145466, 0.4578275, 0.40821073] : [0.26862954, 0.26130258, 0.27577711]
        guard let value = fields.value(key) else { return fallback.map { Float($0) } }
        let numbers = (value.array ?? []).compactMap(\.number)
        guard numbers.count == 3, numbers.allSatisfy(\.isFinite) else {
            throw fields.refusal(key, "it must be three numbers")
        }
        return numbers.map { Float($0) }
    }
}
