import Kernels

extension Tensor {
    /// Channels-last images [B, H, W, C] of planar ones [B, C, H, W].
    public func channelsLast(in workspace: Workspace) -> Tensor {
        precondition(shape.rank == 4, "\(shape) are no images")
        let result = workspace.tensor(Shape(shape[0], shape[2], shape[3], shape[1]))
        transpose(base, into: result.base, batch: shape[0], rows: shape[1], columns: shape[2] * shape[3])
        return result
    }

    /// Planar images [B, C, H, W] of channels-last ones [B, H, W, C].
    public func planar(in workspace: Workspace) -> Tensor {
        precondition(shape.rank == 4, "\(shape) are no images")
        let result = workspace.tensor(Shape(shape[0], shape[3], shape[1], shape[2]))
        transpose(base, into: result.base, batch: shape[0], rows: shape[1] * shape[2], columns: shape[3])
        return result
    }

    /// The channels of this tensor, then those of the other: [..., C + D] of [..., C] and [..., D].
    public func concatenated(channelsOf other: Tensor, in workspace: Workspace) -> Tensor {
        let (mine, others) = (shape.channels, other.shape.channels)
        precondition(
            other.shape.with(channels: mine) == shape, "channels of \(shape) and \(other.shape) side by side")
        let result = workspace.tensor(shape.with(channels: mine + others))
        concatenateColumns(
            base, columns: mine, other.base, columns: others, into: result.base,
            rows: shape.batch * shape.rows)
        return result
    }

    /// Images of twice the height and width, pixels repeated: [B, 2H, 2W, C] of [B, H, W, C].
    public func upsampledNearest(in workspace: Workspace) -> Tensor {
        precondition(shape.rank == 4, "\(shape) are no images")
        let result = workspace.tensor(Shape(shape[0], 2 * shape[1], 2 * shape[2], shape[3]))
        upsampleNearest(
            base, into: result.base, batch: shape[0], height: shape[1], width: shape[2], channels: shape[3])
        return result
    }
}
