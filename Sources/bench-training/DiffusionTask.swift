import Checkpoints
import Diagnostics
import DiffusionModels
import Foundation
import JSONValues
import Tensors

/// Noise that is to be found in latents.
///
/// The data are `sample` and `noise` [S, B, C, H, W], `timesteps` [S, B], and either `context` [S, B, T, E] or the
/// first `conditioning` [1, T, E], which is learnt.
struct DiffusionTask: TrainingTask {
    let steps: Int
    let learnt: [Parameter]
    var statistics: [Parameter] { [] }
    private let unet: UNet2DCondition
    private let data: RecordedData
    private let isCheckpointed: Bool
    private let conditioning: Parameter?

    init(_ folder: URL, _ data: RecordedData, isCheckpointed: Bool, conditioning isInverted: Bool)
        throws(Failure)
    {
        let list = ParameterList()
        let path = folder.appending(path: "config.json").path
        unet = try UNet2DCondition(
            UNet2DConditionConfiguration(JSONValue(file: path), source: path),
            Parameters(try SafetensorsCheckpoint(directory: folder), list: list))
        self.data = data
        self.isCheckpointed = isCheckpointed
        steps = try data.steps(of: "sample")
        if isInverted {
            let (values, shape) = try data.all("conditioning", rank: 3)
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
        let sample = try data.images(step, of: "sample", in: workspace)
        let timesteps = try data.step(step, of: "timesteps", rank: 1).values.map { Int($0) }
        let context = try text(step, batch: sample.shape.batch, in: workspace)
        let output = unet(
            sample, timesteps: timesteps, conditioning: unet.condition(on: context, in: workspace),
            in: workspace, isCheckpointed: isCheckpointed)
        return output.meanSquaredError(try data.images(step, of: "noise", in: workspace), in: workspace)
    }

    private func text(_ step: Int, batch: Int, in workspace: Workspace) throws(Failure) -> Tensor {
        guard let conditioning else {
            let (values, shape) = try data.step(step, of: "context", rank: 3)
            return workspace.tensor(Shape(shape[0], shape[1], shape[2]), values)
        }
        let shape = conditioning.tensor.shape
        return conditioning.tensor.reshaped(Shape(1, shape.count))
            .rows([Int](repeating: 0, count: batch), in: workspace).reshaped(shape.with(batch: batch))
    }
}
