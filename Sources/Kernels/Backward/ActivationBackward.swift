import CVectors

/// Makes the gradient of an activation's result that of its input x: gradient ← gradient·f′(x).
public func activateBack(_ activation: Activation, _ x: Floats, _ gradient: MutableFloats, count: Int) {
    forEachChunk(of: count) { range in
        let start = range.lowerBound
        figment_map_back(widestVectors, activation.function, x + start, gradient + start, range.count)
    }
}

/// Adds to dx[R, 2I] what dy[R, I] says of the input of `gate`.
public func gateBack(
    by activation: Activation, _ x: Floats, _ dy: Floats, into dx: MutableFloats, rows: Int, width: Int
) {
    parallelFor(rows, chunk: 64, work: 2 * rows * width * valueWork) { range in
        for row in range {
            let (value, target) = (x + row * 2 * width, dx + row * 2 * width)
            figment_gate_back(
                widestVectors, activation.function, value, value + width, dy + row * width, target,
                target + width, width)
        }
    }
}
