import Checkpoints
import Diagnostics
import Foundation
import Tensors
import Testing

@testable import CLIPModels

/// Every intermediate of CLIP's encoders against transformers.
@Suite struct CLIPGoldenTests {
    private let workspace = Workspace()

    @Test(arguments: ["legacy", "gelu", "text", "text-projection"])
    func textEncoderAgrees(name: String) throws {
        let golden = try Golden(name)
        let encoder = try CLIPTextEncoder(directory: golden.folder)
        let report = Report()
        _ = try encoder.features(of: try golden.tokens(), in: workspace, observe: report.note)
        #expect(golden.names("text.").subtracting(report.tensors.keys).isEmpty)
        for part in golden.names("text.") {
            #expect(try golden.error(report.tensors[part] ?? [], "text." + part) < 1e-5, "\(part)")
        }
    }

    @Test(arguments: ["legacy", "gelu", "vision-projection"])
    func imageEncoderAgrees(name: String) throws {
        let golden = try Golden(name)
        let encoder = try CLIPVisionEncoder(directory: golden.folder)
        let report = Report()
        _ = encoder.features(of: try golden.pixels(in: workspace), in: workspace, observe: report.note)
        #expect(golden.names("vision.").subtracting(report.tensors.keys).isEmpty)
        for part in golden.names("vision.") {
            #expect(try golden.error(report.tensors[part] ?? [], "vision." + part) < 1e-5, "\(part)")
        }
    }

    @Test(arguments: ["legacy", "gelu"])
    func similaritiesAgree(name: String) throws {
        let golden = try Golden(name)
        let model = try CLIPModel(directory: golden.folder)
        let texts = try model.features(ofTexts: try golden.tokens())
        let pixels = try golden.pixels(in: workspace)
        let images = try model.features(ofImages: (0..<pixels.shape.batch).map { pixels[$0..<$0 + 1].values })
        let logits = texts.flatMap { text in
            images.map { model.logitScale * CLIPModel.similarity(text, $0) }
        }
        #expect(try golden.error(logits, "logits") < 1e-5)
    }

    @Test func featuresDoNotDependOnTheBatch() throws {
        let golden = try Golden("gelu")
        let model = try CLIPModel(directory: golden.folder)
        let texts = try golden.tokens()
        let together = try model.text.features(of: texts, in: workspace)
        let alone = try model.features(ofTexts: texts)
        #expect(together.values.map(\.bitPattern) == alone.flatMap { $0 }.map(\.bitPattern))
        let pixels = try golden.pixels(in: workspace)
        let both = try model.vision.features(of: pixels, in: workspace).values
        let each = try model.features(ofImages: (0..<pixels.shape.batch).map { pixels[$0..<$0 + 1].values })
        #expect(both.map(\.bitPattern) == each.flatMap { $0 }.map(\.bitPattern))
    }

    @Test func whatFollowsTheEndDoesNotMatter() throws {
        let model = try CLIPTextEncoder(directory: try Golden("text").folder)
        let short = try model.features(of: [[38, 4, 7, 39]], in: workspace).values
        let long = try model.features(of: [[38, 4, 7, 39, 2, 11]], in: workspace).values
        for (left, right) in zip(short, long) { #expect(abs(left - right) < 1e-5) }
    }

    @Test func hiddenStatesAreThoseAfterTheFinalNorm() throws {
        let golden = try Golden("text")
        let model = try CLIPTextEncoder(directory: golden.folder)
        let states = try model.hiddenStates(of: try golden.tokens(), in: workspace)
        #expect(states.shape == Shape(3, 6, 16))
        #expect(try golden.error(states.values, "text.final_layer_norm") < 1e-5)
    }

    @Test func cosinesLieBetweenMinusOneAndOne() {
        #expect(CLIPModel.similarity([3, 4], [3, 4]) == 1)
        #expect(CLIPModel.similarity([3, 4], [-6, -8]) == -1)
        #expect(CLIPModel.similarity([1, 0], [0, 5]) == 0)
        #expect(CLIPModel.similarity([0, 0], [1, 2]) == 0)
        #expect(abs(CLIPModel.similarity([1, 0], [1, 1]) - 0.70710678) < 1e-7)
    }
}
