import Kernels

extension Tensor {
    /// Samples [B, …, C] of normal distributions whose means and logarithms of variances are the channels [B, …, 2C],
    /// made of standard normal noise [B, …, C].
    ///
    /// The logarithms are clamped to -30 ... 20, as diffusers clamps them; the noise is not differentiated.
    public func gaussianSample(noise: Tensor, in workspace: Workspace) -> Tensor {
        precondition(
            noise.shape.with(channels: shape.channels) == shape && shape.channels == 2 * noise.shape.channels,
            "noise \(noise.shape) for distributions \(shape)")
        let (rows, columns) = (shape.batch * shape.rows, noise.shape.channels)
        let result = workspace.tensor(noise.shape)
        sampleGaussian(base, noise: noise.base, into: result.base, rows: rows, columns: columns)
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            guard let dmoments = tape.gradient(of: self) else { return }
            sampleGaussianBack(
                base, noise: noise.base, gradient.base, into: dmoments.base, rows: rows, columns: columns)
        }
        return result
    }
}
