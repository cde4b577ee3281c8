import Checkpoints
import Diagnostics
import Foundation
import Kernels
import Tensors
import Testing

@testable import LanguageModels

/// T5 against transformers.
@Suite(.serialized) struct T5Tests {
    private let workspace = Workspace()

    @Test(arguments: ["plain", "gated"])
    func everyIntermediateAgrees(name: String) throws {
        let golden = try Golden("t5-\(name)")
        let model = try T5Model(directory: golden.folder)
        let report = Report()
        let visible = try golden.visible("mask")
        let states = try model.encoded(
            try golden.rows("tokens"), visible: visible, in: workspace, observe: report.note)
        let last = try model.decoded(
            try golden.rows("inputs"), encoded: states, visible: visible, in: workspace, observe: report.note)
        report.note("lm_head", model.logits(of: last, in: workspace))
        for part in golden.names where part.hasPrefix("encoder.") {
            let (expected, shape) = try golden.tensor(part)
            let actual = try #require(report.tensors[part])
            for (row, range) in visible.enumerated() {
                let start = row * shape[1]
                let places =
                    (start + range.lowerBound) * shape[2]..<(start + range.upperBound) * shape[2]
                #expect(Golden.error(Array(actual[places]), Array(expected[places])) < 1e-5, "\(part)")
            }
        }
        let decoder = golden.names.filter { $0.hasPrefix("decoder.") || $0 == "lm_head" }
        #expect(decoder.count == model.configuration.decoderLayers + 2)
        for part in decoder { #expect(try golden.error(report.tensors[part] ?? [], part) < 1e-5, "\(part)") }
    }

    @Test(arguments: ["plain", "gated"])
    func greedyTextsAgree(name: String) throws {
        let golden = try Golden("t5-\(name)")
        let model = try T5Model(directory: golden.folder)
        let decoder = try T5Decoder(model, texts: try texts(golden), limit: 20)
        #expect(try decoder.decodeGreedily(limit: 20, ends: []) == golden.rows("written"))
    }

    @Test(arguments: ["plain", "gated"])
    func logitsDependOnTheSequenceAlone(name: String) throws {
        let golden = try Golden("t5-\(name)")
        let model = try T5Model(directory: golden.folder)
        let texts = try texts(golden)
        func logits(_ order: [Int]) throws -> [[UInt32]] {
            let decoder = try T5Decoder(model, texts: order.map { texts[$0] }, limit: 4)
            _ = try decoder.begin(in: workspace)
            _ = try decoder.advance(order.map { 7 + $0 }, of: Array(order.indices), in: workspace)
            let rows = try decoder.advance(
                order.map { 9 + $0 }, of: Array(order.indices), in: workspace)
            return order.indices.map { rows[$0..<$0 + 1].values.map(\.bitPattern) }
        }
        let threads = Parallelism.threadCount
        defer { Parallelism.threadCount = threads }
        Parallelism.threadCount = 1
        let alone = try (0..<3).map { try logits([$0])[0] }
        for count in [1, 2, 3, 5] {
            Parallelism.threadCount = count
            #expect(try logits([1, 2, 0]) == [alone[1], alone[2], alone[0]])
        }
    }

    @Test(arguments: ["plain", "gated"])
    func stepsAgreeWithTheWhole(name: String) throws {
        let golden = try Golden("t5-\(name)")
        let model = try T5Model(directory: golden.folder)
        let (text, inputs) = (try texts(golden)[0], try golden.rows("inputs")[0])
        let states = try model.encoded([text], in: workspace)
        let whole = model.logits(
            of: try model.decoded([inputs], encoded: states, in: workspace), in: workspace)
        let decoder = try T5Decoder(model, texts: [text], limit: inputs.count)
        let size = model.configuration.vocabularySize
        for place in inputs.indices {
            let logits =
                place == 0
                ? try decoder.begin(in: workspace)
                : try decoder.advance([inputs[place]], of: [0], in: workspace)
            let expected = Array(whole.values[place * size..<(place + 1) * size])
            #expect(Golden.error(logits.values, expected) < 1e-5)
        }
    }

    @Test(arguments: ["plain", "gated"])
    func lossAndGradientsAgree(name: String) throws {
        let golden = try Golden("t5-\(name)")
        let list = ParameterList()
        let model = try T5Model(directory: golden.folder, list: list)
        let tape = Tape()
        tape.watch(list.parameters)
        workspace.tape = tape
        let labels = try golden.rows("labels").map { $0.map { $0 < 0 ? nil : $0 } }
        let loss = try model.loss(of: try texts(golden), labels: labels, in: workspace)
        #expect(try golden.error(loss.values, "loss") < 1e-5)
        tape.differentiate(loss)
        try golden.checkGradients(list.parameters, tape)
    }

    private func texts(_ golden: Golden) throws -> [[Int]] {
        zip(try golden.rows("tokens"), try golden.visible("mask")).map { Array($0[$1]) }
    }
}
