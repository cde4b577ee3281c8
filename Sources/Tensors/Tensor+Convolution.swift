import Kernels

extension Tensor {
    /// Convolves channels-last images: [B, H′, W′, O] = x[B, H, W, I] ∗ weight[K·K·I, O] + bias[O] + residual.
    ///
    /// - Parameter target: where the result is written, a tensor that is no input of what a tape has noted; it may be the
    ///   residual. Nil for a new tensor.
    public func convolved(
        with weight: Parameter, bias: Parameter, geometry: ConvolutionGeometry,
        adding residual: Tensor? = nil, into target: Tensor? = nil, in workspace: Workspace
    ) -> Tensor {
        precondition(
            shape.rank == 4 && shape.channels == geometry.inputs,
            "a convolution of \(geometry.inputs) channels got \(shape)")
        let made = Shape(shape.batch, geometry.outputHeight, geometry.outputWidth, geometry.outputs)
        let result = target ?? workspace.tensor(made)
        precondition(result.shape == made, "\(result.shape) for a result of \(made)")
        precondition(residual.map { $0.count == result.count } ?? true, "a residual of another shape")
        let learning = workspace.isLearning
        convolve(
            base, weight: weight.panels, bias: bias.tensor.base,
            residual: residual.map { UnsafePointer($0.base) }, into: result.base, batch: shape.batch,
            geometry: geometry, learning: learning)
        guard let tape = workspace.tape, workspace.isFollowing(self, weight.tensor, bias.tensor, residual)
        else { return result }
        tape.record(result) { [self] gradient, tape in
            if let (dx, addend) = tape.gradientToMake(of: self) {
                convolveBack(
                    gradient.base, turned: weight.turned(places: geometry.kernel * geometry.kernel),
                    residual: addend, into: dx.base, batch: shape.batch, geometry: geometry,
                    learning: learning)
            }
            if let dweight = tape.gradient(of: weight.tensor) {
                addConvolutionWeightGradient(
                    base, gradient.base, into: dweight.base, batch: shape.batch, geometry: geometry)
            }
            if let dbias = tape.gradient(of: bias.tensor) {
                addRows(
                    gradient.base, into: dbias.base, rows: gradient.count / geometry.outputs,
                    columns: geometry.outputs)
            }
            if let residual { tape.give(gradient, to: residual) }
        }
        return result
    }
}
