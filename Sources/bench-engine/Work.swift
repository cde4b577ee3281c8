import Diagnostics
import Kernels

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
    func load(_ data: RecordedData?, _ precision: Precision) throws(Failure) -> any EngineTask {
        if self == .matrixProduct { return try MatrixProductTask(precision) }
        guard let data else {
            throw Failure(.usage, "'\(rawValue)' needs DIR", hint: "Name the folder of a network.")
        }
        return switch self {
        case .unet: try UNetTask(data, precision)
        case .vaeDecode: try AutoencoderTask(data, precision)
        case .clipImages: try CLIPTask(data, precision)
        case .pipeline: try PipelineTask(data, precision)
        case .llama: try LlamaTask(data, precision)
        case .matrixProduct: try MatrixProductTask(precision)
        }
    }
}

/// A network in memory with its inputs.
protocol EngineTask {
    /// Does the work once; the result has the shape and the layout of the reference's.
    func run() throws(Failure) -> RecordedTensor
    /// What a run makes, as far as the task knows by itself; nil where the recorded data say it.
    var reference: RecordedTensor? { get }
    /// Multiplications and additions of a run, where they are what is asked about.
    var operations: Double? { get }
}

extension EngineTask {
    var reference: RecordedTensor? { nil }
    var operations: Double? { nil }
}
