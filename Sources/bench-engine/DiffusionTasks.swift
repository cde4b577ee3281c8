import Checkpoints
import Diagnostics
import DiffusionModels
import Foundation
import JSONValues
import Kernels
import Tensors

/// One evaluation of a UNet: `sample` [B, C, H, W], `timesteps` [B], `context` [B, T, E].
struct UNetTask: EngineTask {
    private let unet: UNet2DCondition
    private let sample, context: RecordedTensor
    private let timesteps: [Int]
    private let workspaces = WorkspacePool()

    init(_ data: RecordedData, _ precision: Precision) throws(Failure) {
        let path = data.folder.appending(path: "config.json").path
        let configuration = try UNet2DConditionConfiguration(JSONValue(file: path), source: path)
        sample = try data.tensor("sample", [nil, configuration.inputs, nil, nil])
        timesteps = try data.integers("timesteps", [sample.shape[0]]).values
        context = try data.tensor("context", [sample.shape[0], nil, configuration.contextWidth])
        unet = try UNet2DCondition(
            configuration, Parameters(SafetensorsCheckpoint(directory: data.folder), precision: precision))
    }

    func run() -> RecordedTensor {
        workspaces.withWorkspace { workspace in
            let latents = workspace.images(sample)
            let text = workspace.tensor(
                Shape(context.shape[0], context.shape[1], context.shape[2]), context.values)
            let conditioning = unet.condition(on: text, in: workspace)
            return RecordedTensor(
                images: unet(latents, timesteps: timesteps, conditioning: conditioning, in: workspace),
                in: workspace)
        }
    }
}

/// Latents to images: `latents` [B, C, H, W].
struct AutoencoderTask: EngineTask {
    private let autoencoder: AutoencoderKL
    private let latents: RecordedTensor
    private let workspaces = WorkspacePool()

    init(_ data: RecordedData, _ precision: Precision) throws(Failure) {
        let path = data.folder.appending(path: "config.json").path
        let configuration = try AutoencoderKLConfiguration(JSONValue(file: path), source: path)
        latents = try data.tensor("latents", [nil, configuration.latentChannels, nil, nil])
        autoencoder = try AutoencoderKL(
            configuration, Parameters(SafetensorsCheckpoint(directory: data.folder), precision: precision))
    }

    func run() -> RecordedTensor {
        workspaces.withWorkspace { workspace in
            let images = autoencoder.decode(workspace.images(latents), in: workspace)
            return RecordedTensor(images: images, in: workspace)
        }
    }
}

extension Workspace {
    /// Images [B, C, H, W], as the reference has them, with their channels last.
    fileprivate func images(_ recorded: RecordedTensor) -> Tensor {
        let shape = recorded.shape
        return tensor(Shape(shape[0], shape[1], shape[2], shape[3]), recorded.values).channelsLast(in: self)
    }
}

extension RecordedTensor {
    /// Images [B, H, W, C] as the reference has them.
    fileprivate init(images: Tensor, in workspace: Workspace) {
        let planar = images.planar(in: workspace)
        self.init(shape: (0..<4).map { planar.shape[$0] }, values: planar.values)
    }
}
