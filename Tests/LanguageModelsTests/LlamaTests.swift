import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Kernels
import Tensors
import Testing

@testable import LanguageModels

/// Llama's family against transformers.
@Suite(.serialized) struct LlamaTests {
    private let workspace = Workspace()
    static let models = ["plain", "llama3", "linear", "dynamic", "mistral", "qwen2"]

    @Test(arguments: models)
    func everyIntermediateAgrees(name: String) throws {
        let golden = try Golden("llama-\(name)")
        let model = try model(name)
        let report = Report()
        let states = try model.hiddenStates(
            of: try golden.rows("tokens"), visible: nil, in: workspace, observe: report.note)
        report.note("lm_head", model.logits(of: states, in: workspace))
        let expected = golden.names.filter { $0.hasPrefix("model.") || $0 == "lm_head" }
        #expect(expected.count == 5)
        for part in expected {
            #expect(try golden.error(report.tensors[part] ?? [], part) < 1e-5, "\(part)")
        }
    }

    /// With dynamic angles transformers turns a whole batch by its longest text; here each text has its own.
    @Test(arguments: models.filter { $0 != "dynamic" }, ["left", "right"])
    func paddingDoesNotMatter(name: String, side: String) throws {
        let golden = try Golden("llama-\(name)")
        let model = try model(name)
        let (tokens, visible) = (try golden.rows("\(side).tokens"), try golden.visible("\(side).mask"))
        let states = try model.hiddenStates(of: tokens, visible: visible, in: workspace)
        let expected = try golden.tensor("\(side).states").values
        let (length, channels) = (states.shape.rows, states.shape.channels)
        for (row, range) in visible.enumerated() {
            let places =
                (row * length + range.lowerBound) * channels..<(row * length + range.upperBound) * channels
            #expect(Golden.error(Array(states.values[places]), Array(expected[places])) < 1e-5)
        }
    }

    @Test(arguments: models)
    func greedyTextsAgree(name: String) throws {
        let golden = try Golden("llama-\(name)")
        let model = try model(name)
        let prompts = try prompts(golden)
        let decoder = try LlamaDecoder(model, prompts: prompts, limit: 12)
        #expect(try decoder.decodeGreedily(limit: 12, ends: []) == golden.rows("written"))
    }

    /// What a sequence gets is the same alone, in any company, and on any number of threads.
    @Test(arguments: models)
    func logitsDependOnTheSequenceAlone(name: String) throws {
        let model = try model(name)
        let prompts = try prompts(Golden("llama-\(name)"))
        func logits(_ order: [Int]) throws -> [[UInt32]] {
            let decoder = try LlamaDecoder(model, prompts: order.map { prompts[$0] }, limit: 4)
            var rows = try decoder.begin(in: workspace).values
            for step in 0..<3 {
                let tokens = order.map { 5 + $0 + step }
                rows += try decoder.advance(tokens, of: Array(order.indices), in: workspace).values
            }
            let width = model.configuration.vocabularySize
            let lines = stride(from: 0, to: rows.count, by: width).map { Array(rows[$0..<$0 + width]) }
            return order.indices.map { row in
                stride(from: row, to: lines.count, by: order.count).flatMap { lines[$0].map(\.bitPattern) }
            }
        }
        let threads = Parallelism.threadCount
        defer { Parallelism.threadCount = threads }
        Parallelism.threadCount = 1
        let alone = try (0..<3).map { try logits([$0])[0] }
        for count in [1, 2, 3, 5] {
            Parallelism.threadCount = count
            #expect(try logits([2, 0, 1]) == [alone[2], alone[0], alone[1]])
        }
    }

    /// Step by step and all at once, sums run in another order: the logits agree to the last bits.
    @Test(arguments: models)
    func stepsAgreeWithTheWhole(name: String) throws {
        let model = try model(name)
        let tokens = try Golden("llama-\(name)").rows("tokens")[0]
        // Frequencies that follow the length differ between a text and its parts.
        let length = name == "dynamic" ? 8 : tokens.count
        let states = try model.hiddenStates(of: [Array(tokens[..<length])], in: workspace)
        let whole = model.logits(of: states, in: workspace)
        let decoder = try LlamaDecoder(model, prompts: [[tokens[0]]], limit: length - 1)
        let size = model.configuration.vocabularySize
        for place in 0..<length {
            let logits =
                place == 0
                ? try decoder.begin(in: workspace)
                : try decoder.advance([tokens[place]], of: [0], in: workspace)
            let expected = Array(whole.values[place * size..<(place + 1) * size])
            #expect(Golden.error(logits.values, expected) < 1e-5)
        }
    }

    @Test(arguments: ["plain", "llama3", "qwen2"])
    func lossAndGradientsAgree(name: String) throws {
        let golden = try Golden("llama-\(name)")
        let list = ParameterList()
        let model = try LlamaModel(directory: golden.folder, list: list)
        let tape = Tape()
        tape.watch(list.parameters)
        workspace.tape = tape
        let (tokens, visible) = (try golden.rows("right.tokens"), try golden.visible("right.mask"))
        let sequences = zip(tokens, visible).map { Array($0[$1]) }
        let labels = zip(try golden.rows("labels"), visible).map { row, range in
            row[range].map { $0 < 0 ? nil : $0 }
        }
        let loss = try model.loss(of: sequences, labels: labels, in: workspace)
        #expect(try golden.error(loss.values, "loss") < 1e-5)
        tape.differentiate(loss)
        try golden.checkGradients(list.parameters, tape)
    }

    @Test func anEndTokenEndsASequence() throws {
        let golden = try Golden("llama-plain")
        let model = try model("plain")
        let written = try golden.rows("written")
        let end = written[0][3]
        let decoder = try LlamaDecoder(model, prompts: try prompts(golden), limit: 12)
        let expected = written.map { row in
            Array(row[..<((row.firstIndex(of: end) ?? row.count - 1) + 1)])
        }
        #expect(try decoder.decodeGreedily(limit: 12, ends: [end]) == expected)
        #expect(expected.contains { $0.count < 12 })
    }

    private func model(_ name: String) throws -> LlamaModel {
        try LlamaModel(directory: try Golden("llama-\(name)").folder)
    }

    private func prompts(_ golden: Golden) throws -> [[Int]] {
        try LlamaDecoder.prompts(
            golden.rows("left.tokens"), mask: golden.rows("left.mask").map { $0.map { $0 == 1 } })
    }
}
