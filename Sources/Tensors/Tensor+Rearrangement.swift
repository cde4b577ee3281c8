import Kernels

extension Tensor {
    /// Channels-last images [B, H, W, C] of planar ones [B, C, H, W]; not differentiated.
    public func channelsLast(in workspace: Workspace) -> Tensor {
        precondition(shape.rank == 4, "\(shape) are no images")
        let result = workspace.tensor(Shape(shape[0], shape[2], shape[3], shape[1]))
        transpose(base, into: result.base, batch: shape[0], rows: shape[1], columns: shape[2] * shape[3])
        return result
    }

    /// Planar images [B, C, H, W] of channels-last ones [B, H, W, C]; not differentiated.
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
        let rows = shape.batch * shape.rows
        concatenateColumns(
            base, columns: mine, other.base, columns: others, into: result.base, rows: rows)
        guard let tape = workspace.tape, workspace.isFollowing(self, other) else { return result }
        tape.record(result) { [self] gradient, tape in
            if let dx = tape.gradient(of: self) {
                addColumns(gradient.base, columns: 0..<mine, of: mine + others, into: dx.base, rows: rows)
            }
            if let dother = tape.gradient(of: other) {
                addColumns(
                    gradient.base, columns: mine..<mine + others, of: mine + others, into: dother.base,
                    rows: rows)
            }
        }
        return result
    }

    /// Images of twice the height and width, pixels repeated: [B, 2H, 2W, C] of [B, H, W, C].
    public func upsampledNearest(in workspace: Workspace) -> Tensor {
        precondition(shape.rank == 4, "\(shape) are no images")
        let result = workspace.tensor(Shape(shape[0], 2 * shape[1], 2 * shape[2], shape[3]))
        upsampleNearest(
            base, into: result.base, batch: shape[0], height: shape[1], width: shape[2], channels: shape[3])
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            guard let dx = tape.gradient(of: self) else { return }
            upsampleNearestBack(
                gradient.base, into: dx.base, batch: shape[0], height: shape[1], width: shape[2],
                channels: shape[3])
        }
        return result
    }

    /// Images of another size, each pixel the one that PyTorch's `nearest` picks: [B, H′, W′, C] of [B, H, W, C].
    public func resizedNearest(height: Int, width: Int, in workspace: Workspace) -> Tensor {
        precondition(shape.rank == 4, "\(shape) are no images")
        let result = workspace.tensor(Shape(shape[0], height, width, shape[3]))
        resizeNearest(
            base, height: shape[1], width: shape[2], into: result.base, height: height, width: width,
            batch: shape[0], channels: shape[3])
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            guard let dx = tape.gradient(of: self) else { return }
            resizeNearestBack(
                gradient.base, height: height, width: width, into: dx.base, height: shape[1], width: shape[2],
                batch: shape[0], channels: shape[3])
        }
        return result
    }

    /// Rows of a matrix [R, C] by their numbers, [N, C]; one may come several times.
    public func rows(_ numbers: [Int], in workspace: Workspace) -> Tensor {
        let (count, columns) = (shape[0], shape.channels)
        precondition(shape.rank == 2, "\(shape) is no matrix")
        let result = workspace.tensor(Shape(numbers.count, columns))
        for (row, number) in numbers.enumerated() {
            precondition(number >= 0 && number < count, "a row \(number) of \(count)")
            (result.base + row * columns).update(from: base + number * columns, count: columns)
        }
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            guard let dx = tape.gradient(of: self) else { return }
            scatterRows(gradient.base, rows: numbers, into: dx.base, columns: columns)
        }
        return result
    }

    /// Each of the B blocks with a row put before its own: [B, T + 1, C] of [B, …, C] and a vector [C].
    public func preceded(by row: Parameter, in workspace: Workspace) -> Tensor {
        let (rows, columns) = (shape.rows, shape.channels)
        precondition(row.tensor.count == columns, "a row of \(row.tensor.count) before \(shape)")
        let result = workspace.tensor(Shape(shape.batch, rows + 1, columns))
        for block in 0..<shape.batch {
            let target = result.base + block * (rows + 1) * columns
            target.update(from: row.tensor.base, count: columns)
            (target + columns).update(from: base + block * rows * columns, count: rows * columns)
        }
        guard let tape = workspace.tape, workspace.isFollowing(self, row.tensor) else { return result }
        tape.record(result) { [self] gradient, tape in
            let (dx, drow) = (tape.gradient(of: self), tape.gradient(of: row.tensor))
            for block in 0..<shape.batch {
                let source = gradient.base + block * (rows + 1) * columns
                if let drow { Kernels.add(drow.base, source, into: drow.base, count: columns) }
                if let dx {
                    let target = dx.base + block * rows * columns
                    Kernels.add(target, source + columns, into: target, count: rows * columns)
                }
            }
        }
        return result
    }
}
