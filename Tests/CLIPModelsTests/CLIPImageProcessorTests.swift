import Diagnostics
import Foundation
import ImageCodecs
import JSONValues
import TestSupport
import Testing

@testable import CLIPModels

/// The image processor against transformers' on Pillow, bit for bit.
@Suite struct CLIPImageProcessorTests {
    private func fields(_ text: String) throws -> JSONFields {
        try JSONFields(try JSONValue(parsing: text, source: "test"), source: "preprocessor_config.json")
    }

    private func picture(_ golden: Golden, _ name: String) throws -> RGBImage {
        let (values, shape) = try golden.tensor("picture." + name)
        return RGBImage(width: shape[1], height: shape[0], pixels: values.map { UInt8($0) })
    }

    @Test(arguments: ["processor", "processor-square", "processor-crop"])
    func picturesComeOutAsFromTransformers(name: String) throws {
        let golden = try Golden(name)
        let config = golden.folder.appending(path: "preprocessor_config.json").path
        let processor = try CLIPImageProcessor(
            try JSONFields(JSONValue(file: config), source: config))
        let sizes = golden.names("picture.")
        #expect(sizes.count == 5)
        for size in sizes {
            let (planar, shape) = try golden.tensor("pixels." + size)
            #expect(processor.height == shape[2] && processor.width == shape[3])
            let area = shape[2] * shape[3]
            let expected = (0..<3 * area).map { planar[$0 % 3 * area + $0 / 3] }
            let made: [Float] = try processor.pixels(of: try picture(golden, size))
            #expect(made == expected, "\(size)")
        }
    }

    @Test func earlyAndJointConfigurationsMeanTheSame() throws {
        let picture = try picture(try Golden("processor"), "20x33")
        let expected = try CLIPImageProcessor(
            fields(#"{"size": {"shortest_edge": 12}, "crop_size": {"height": 12, "width": 12}}"#))
        let early = try CLIPImageProcessor(
            fields(
                #"{"size": 12, "crop_size": 12, "resample": 3, "feature_extractor_type": "CLIPFeatureExtractor"}"#
            ))
        #expect(early == expected)
        let folder = try TemporaryFolder()
        try folder.write(
            "processor_config.json",
            #"{"image_processor": {"size": {"shortest_edge": 12}, "crop_size": {"height": 12, "width": 12}}}"#
        )
        let vision = try CLIPVisionEncoder(directory: Golden("vision-projection").folder).configuration
        let joint = try CLIPImageProcessor(directory: folder.url, for: vision)
        #expect(joint == expected)
        let pixels: [Float] = try joint.pixels(of: picture)
        #expect(pixels.count == 12 * 12 * 3)
    }

    @Test func aSizeThatTheEncoderDoesNotTakeIsRefused() throws {
        let vision = try CLIPVisionEncoder(directory: Golden("vision-projection").folder).configuration
        let folder = try TemporaryFolder()
        let missing = #expect(throws: Failure.self) {
            try CLIPImageProcessor(directory: folder.url, for: vision)
        }
        #expect(missing?.summary.contains("preprocessor_config.json") == true)
        try folder.write("preprocessor_config.json", #"{"size": 16, "crop_size": 16}"#)
        let failure = #expect(throws: Failure.self) {
            try CLIPImageProcessor(directory: folder.url, for: vision)
        }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("16 × 16") == true)
    }

    @Test(arguments: [
        ("resample", #"{"resample": 0}"#), ("do_pad", #"{"do_pad": true}"#), ("size", #"{"size": 0}"#),
        ("size", #"{"size": "large"}"#),
        ("longest_edge", #"{"size": {"shortest_edge": 8, "longest_edge": 9}}"#),
        ("do_center_crop", #"{"do_center_crop": false, "size": 12}"#),
        ("image_std", #"{"image_std": [1, 0, 1]}"#),
        ("image_mean", #"{"image_mean": [1, 0]}"#), ("do_flip", #"{"do_flip": true}"#),
        ("image_processor_type", #"{"image_processor_type": "ViTImageProcessor"}"#),
    ])
    func optionsAreRefusedByName(key: String, text: String) {
        let failure = #expect(throws: Failure.self) { try CLIPImageProcessor(fields(text)) }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("'\(key)'") == true)
    }

    @Test func aPictureTooNarrowToResizeIsRefused() throws {
        let processor = try CLIPImageProcessor(fields("{}"))
        let thread = RGBImage(width: 1, height: 60_000, pixels: [UInt8](repeating: 7, count: 180_000))
        let failure = #expect(throws: Failure.self) { try processor.pixels(of: thread) }
        #expect(failure?.summary.contains("1 × 60000") == true)
    }
}
