import Diagnostics

/// What can be timed.
enum Work: String, CaseIterable, Sendable {
    /// One evaluation of a UNet, its text prepared anew.
    case unet
    /// Latents to images.
    case vaeDecode = "vae-decode"
    /// The features of images.
    case clipImages = "clip-images"
    /// Images from noise and texts, with a whole diffusion pipeline.
    case pipeline
    /// The most likely next tokens of prompts.
    case llama
    /// A product of two matrices of 2048 × 2048, by which machines and moments are told apart.
    case matrixProduct = "matrix-product"

    /// Whether the memory is to be measured in a dry run; a pipeline sees to it by itself.
    var isToBeCheckedForMemory: Bool { self != .pipeline }

    /// Reads the network and its inputs.
    func load(_ data: RecordedData?) throws(Failure) -> any EngineTask {
        if self == .matrixProduct { return try MatrixProductTask() }
        guard let data else {
            throw Failure(.usage, "'\(rawValue)' needs DIR", hint: "Name the folder of a network.")
        }
        return switch self {
        case .unet: try UNetTask(data)
        case .vaeDecode: try AutoencoderTask(data)
        case .clipImages: try CLIPTask(data)
        case .pipeline: try PipelineTask(data)
        case .llama: try LlamaTask(data)
        case .matrixProduct: try MatrixProductTask()
        }
    }
}

/// A network in memory with its inputs.
protocol EngineTask {
    /// Does the work once; the result has the shape and the layout of the reference's.
    func run() throws(Failure) -> RecordedTensor
}
