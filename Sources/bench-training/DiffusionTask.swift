import Checkpoints
import Diagnostics
import DiffusionModels
import Foundation
import JSONValues
import Tensors

/// Noise that is to be found in latents, with the data of every step recorded.
///
/// The data are `sample` and `noise` [S, B, C, H, W], `timesteps` [S, B], and either `context` [S, B, T, E] or the
/// first `conditioning` [1, T, E], which is learnt.
struct DiffusionTask {
    /// The number of steps, S.
    let steps: Int
    /// What the optimizer moves.
    let learnt: [Parameter]
    private let unet: UNet2DCondition
    private let data: [String: (values: [Float], shape: [Int])]
    private let isCheckpointed: Bool
    private let conditioning: Parameter?

    init(_ folder: URL, _ data: SafetensorsFile, isCheckpointed: Bool, conditioning isInverted: Bool)
        throws(Failure)
    {
        let list = ParameterList()
        let path = folder.appending(path: "config.json").path
        unet = try UNet2DCondition(
            UNet2DConditionConfiguration(JSONValue(file: path), source: path),
            Parameters(try SafetensorsCheckpoint(directory: folder), list: list))
        var recorded: [String: (values: [Float], shape: [Int])] = [:]
        for name in data.names {
            let shape = data.shape(of: name) ?? []
            recorded[name] = (try data.values(of: name, shape: shape), shape)
        }
        self.data = recorded
        self.isCheckpointed = isCheckpointed
        steps = data.shape(of: "sample")?.first ?? 0
        if isInverted {
            let shape = data.shape(of: "conditioning") ?? [1, 1, 1]
            let values = try data.values(of: "conditioning", shape: shape)
            let parameter = Parameter("conditioning", Shape(shape[0], shape[1], shape[2]), values)
            conditioning = parameter
            learnt = [parameter]
        } else {
            conditioning = nil
            learnt = list.parameters
        }
    }

    /// The mean squared error of the noise found at a step.
    func loss(_ step: Int, in workspace: Workspace) throws(Failure) -> Tensor {
        let sample = try images("sample", step, in: workspace)
        let timesteps = try recorded("timesteps", step).values.map { Int($0) }
        let context = try text(step, batch: sample.shape.batch, in: workspace)
        let output = unet(
            sample, timesteps: timesteps, conditioning: unet.condition(on: context, in: workspace),
            in: workspace, isCheckpointed: isCheckpointed)
        return output.meanSquaredError(try images("noise", step, in: workspace), in: workspace)
    }

    private func text(_ step: Int, batch: Int, in workspace: Workspace) throws(Failure) -> Tensor {
        guard let conditioning else {
            let (values, shape) = try recorded("context", step)
            return workspace.tensor(Shape(shape[0], shape[1], shape[2]), values)
        }
        let shape = conditioning.tensor.shape
        return conditioning.tensor.reshaped(Shape(1, shape.count))
            .rows([Int](repeating: 0, count: batch), in: workspace).reshaped(shape.with(batch: batch))
    }

    private func images(_ name: String, _ step: Int, in workspace: Workspace) throws(Failure) -> Tensor {
        let (values, shape) = try recorded(name, step)
        return workspace.tensor(Shape(shape[0], shape[1], shape[2], shape[3]), values)
            .channelsLast(in: workspace)
    }

    /// What was recorded for a step, and its shape.
    private func recorded(_ name: String, _ step: Int) throws(Failure) -> (values: [Float], shape: [Int]) {
        guard let (values, shape) = data[name] else {
            throw Failure(.badInput, "the data have no '\(name)'", hint: "Record them with tools/learning.")
        }
        let size = shape.dropFirst().reduce(1, *)
        return (Array(values[step * size..<(step + 1) * size]), Array(shape.dropFirst()))
    }
}
