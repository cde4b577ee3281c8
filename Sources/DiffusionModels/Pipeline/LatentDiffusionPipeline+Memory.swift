import Diagnostics
import Foundation
import Kernels
import Tensors

extension LatentDiffusionPipeline {
    /// The work that memory is needed for: images made at once, of a size.
    struct Work {
        var images = 1
        /// Nil for the size that the model was trained on.
        var size: ImageSize?
        var isGuided = true
        /// Whether they begin with an image.
        var isBegun = false
        /// Tokens of their texts; CLIP's are 77.
        var tokens = 77
    }

    /// What there is to do where memory is short.
    static let memoryHint =
        "Make fewer images at a time (--batch) or smaller ones (--size), or use fewer threads."

    /// The bytes of tensors that the pipeline of a folder takes as it is loaded, and in all for some work.
    ///
    /// One image's prediction and decoding are run dry; a thread's images take as many times what one takes.
    static func memory(
        of directory: URL, _ precision: Precision, encodes: Bool, for work: Work
    ) throws(Failure) -> (loaded: Int, tensorBytes: Int) {
        let meter = MemoryMeter()
        return try meter.measure { () throws(Failure) in
            let pipeline = try LatentDiffusionPipeline(
                directory: directory, precision: precision, encodes: encodes)
            let loaded = meter.bytes
            let (prediction, decoding) = (Workspace(), Workspace())
            let size = work.size ?? pipeline.trainedSize ?? pipeline.leastSize
            pipeline.predict(work, size, in: prediction)
            pipeline.decode(work, size, in: decoding)

            let threads = min(work.images, Parallelism.threadCount)
            let share = (work.images + threads - 1) / threads
            let perThread = max(
                prediction.byteCount * share, decoding.byteCount * min(share, BatchSampling.decoded(of: size))
            )
            let rest = meter.peak - prediction.byteCount - decoding.byteCount
            return (loaded, rest + threads * perThread)
        }
    }

    private func predict(_ work: Work, _ size: ImageSize, in workspace: Workspace) {
        let passes = work.isGuided ? 2 : 1
        let latents = workspace.tensor(
            Shape(passes, size.height / downsampling, size.width / downsampling, unet.configuration.inputs))
        let text = workspace.tensor(Shape(passes, work.tokens, unet.configuration.contextWidth))
        _ = unet(
            latents, timesteps: [Int](repeating: 0, count: passes),
            conditioning: unet.condition(on: text, in: workspace), in: workspace)
    }

    private func decode(_ work: Work, _ size: ImageSize, in workspace: Workspace) {
        workspace.temporarily {
            _ = autoencoder.decode(
                workspace.tensor(
                    Shape(
                        1, size.height / downsampling, size.width / downsampling, unet.configuration.inputs)),
                in: workspace)
        }
        guard work.isBegun else { return }
        workspace.temporarily {
            _ = autoencoder.encode(workspace.tensor(Shape(1, size.height, size.width, 3)), in: workspace)
        }
    }

    /// Refuses work that needs more memory than there is.
    func checkMemory(for work: Work, _ size: ImageSize) throws(Failure) {
        let pixels = work.images * size.height * size.width
        let known = memory.withLock { $0 }
        guard pixels > known.pixels else { return }
        let need = MemoryNeed(
            tensorBytes: try Self.memory(of: directory, precision, encodes: autoencoder.encodes, for: work)
                .tensorBytes)
        let (images, atOnce) = work.images == 1 ? ("an image", "") : ("\(work.images) images", " at once")
        try need.check(
            "making \(images) of \(size.width) × \(size.height) pixels\(atOnce)", held: known.held,
            hint: Self.memoryHint)
        memory.withLock { $0 = (max($0.held, need.bytes), max($0.pixels, pixels)) }
    }
}
