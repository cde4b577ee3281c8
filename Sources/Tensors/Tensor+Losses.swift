import Kernels

extension Tensor {
    /// The mean over all values of (x − target)², one value; the target is not differentiated.
    public func meanSquaredError(_ target: Tensor, in workspace: Workspace) -> Tensor {
        precondition(target.count == count, "\(shape) against a target \(target.shape)")
        let result = workspace.tensor(
            Shape(1), [Kernels.meanSquaredError(base, target.base, count: count)])
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            guard let dx = tape.gradient(of: self) else { return }
            meanSquaredErrorBack(base, target.base, seed: gradient.base[0], into: dx.base, count: count)
        }
        return result
    }

    /// The mean over rows of the cross-entropy of softmax(x) [R, K] with targets [R, K], one value; the targets are not
    /// differentiated.
    public func crossEntropy(_ targets: Tensor, in workspace: Workspace) -> Tensor {
        precondition(targets.shape == shape, "\(shape) against targets \(targets.shape)")
        let (rows, classes) = (count / shape.channels, shape.channels)
        let loss = Kernels.crossEntropy(base, targets.base, rows: rows, classes: classes)
        let result = workspace.tensor(Shape(1), [loss])
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            guard let dx = tape.gradient(of: self) else { return }
            crossEntropyBack(
                base, targets.base, seed: gradient.base[0], into: dx.base, rows: rows, classes: classes)
        }
        return result
    }
    /// The mean over rows of the cross-entropy of softmax(x) [R, K] with the row's class, one value.
    public func crossEntropy(classes: [Int], in workspace: Workspace) -> Tensor {
        let count = shape.channels
        precondition(
            classes.count * count == self.count && classes.allSatisfy { (0..<count).contains($0) },
            "\(classes.count) classes for \(shape)")
        let result = workspace.tensor(Shape(1), [Kernels.crossEntropy(base, classes: classes, count: count)])
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            guard let dx = tape.gradient(of: self) else { return }
            crossEntropyBack(base, classes: classes, seed: gradient.base[0], into: dx.base, count: count)
        }
        return result
    }
}
