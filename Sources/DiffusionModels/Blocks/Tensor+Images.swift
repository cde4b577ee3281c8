import Foundation
import Kernels
import Tensors

extension Tensor {
    /// Images of another size, each pixel the one that PyTorch's `nearest` picks: [B, H', W', C] of [B, H, W, C].
    func resizedNearest(to size: ImageSize, in workspace: Workspace) -> Tensor {
        let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        let result = workspace.tensor(Shape(batch, size.height, size.width, channels))
        /// The source of a coordinate, in float32 as the reference computes it.
        func source(_ index: Int, _ from: Int, _ to: Int) -> Int {
            min(Int(Float(index) * (Float(from) / Float(to))), from - 1)
        }
        for image in 0..<batch {
            for y in 0..<size.height {
                let line = base + (image * height + source(y, height, size.height)) * width * channels
                let target = result.base + (image * size.height + y) * size.width * channels
                for x in 0..<size.width {
                    (target + x * channels).update(
                        from: line + source(x, width, size.width) * channels, count: channels)
                }
            }
        }
        return result
    }
}

extension Tensor {
    /// Turns noise [B, H, W, Z] in place into samples of `moments` [B, H, W, 2Z]: means and logarithms of variances.
    ///
    /// The logarithms are clamped to -30 ... 20, as diffusers clamps them.
    func scaleAsPosterior(_ moments: Tensor) {
        let channels = shape.channels
        for pixel in 0..<shape.batch * shape.rows {
            let mean = moments.base + pixel * 2 * channels
            let logVariance = mean + channels
            let line = base + pixel * channels
            for channel in 0..<channels {
                let clamped = max(-30, min(logVariance[channel], 20))
                line[channel] = mean[channel] + exp(0.5 * clamped) * line[channel]
            }
        }
    }
}

extension Tensor {
    /// The values, good while the tensor is.
    var buffer: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: base, count: count) }

    /// Whether no value is infinite or not a number.
    var isFinite: Bool { buffer.allSatisfy(\.isFinite) }
}
