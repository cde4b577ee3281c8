import Kernels

extension Tensor {
    /// The greatest value of every window of channels-last images: [B, H′, W′, C] of [B, H, W, C].
    public func pooledByMaximum(kernel: Int, stride: Int, padding: Int, in workspace: Workspace) -> Tensor {
        precondition(shape.rank == 4, "\(shape) are no images")
        let geometry = PoolingGeometry(
            height: shape[1], width: shape[2], channels: shape[3], kernel: kernel, stride: stride,
            padding: padding)
        let result = workspace.tensor(
            Shape(shape.batch, geometry.outputHeight, geometry.outputWidth, shape.channels))
        poolMaximum(base, into: result.base, batch: shape.batch, geometry: geometry)
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            guard let dx = tape.gradient(of: self) else { return }
            poolMaximumBack(base, gradient.base, into: dx.base, batch: shape.batch, geometry: geometry)
        }
        return result
    }

    /// The mean of each block's rows: [B, C] of [B, …, C].
    public func averagedRows(in workspace: Workspace) -> Tensor {
        let (batch, rows, columns) = (shape.batch, shape.rows, shape.channels)
        let result = workspace.tensor(Shape(batch, columns))
        averageRows(base, into: result.base, batch: batch, rows: rows, columns: columns)
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            guard let dx = tape.gradient(of: self) else { return }
            averageRowsBack(gradient.base, into: dx.base, batch: batch, rows: rows, columns: columns)
        }
        return result
    }
}
