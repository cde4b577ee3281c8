import Glibc

/// The mean over all values of (x − target)².
public func meanSquaredError(_ x: Floats, _ target: Floats, count: Int) -> Float {
    var total = 0.0
    for start in stride(from: 0, to: count, by: 4096) {
        var part: Float = 0
        for index in start..<min(start + 4096, count) {
            let distance = x[index] - target[index]
            part += distance * distance
        }
        total += Double(part)
    }
    return Float(total / Double(count))
}

/// Adds to dx the gradient of `seed` times the mean squared error.
public func meanSquaredErrorBack(
    _ x: Floats, _ target: Floats, seed: Float, into dx: MutableFloats, count: Int
) {
    let factor = 2 * seed / Float(count)
    forEachChunk(of: count) { range in
        for index in range { dx[index] += factor * (x[index] - target[index]) }
    }
}

/// The mean over R rows of −Σ target·log softmax(logits), for logits[R, K] and targets[R, K].
public func crossEntropy(_ logits: Floats, _ targets: Floats, rows: Int, classes: Int) -> Float {
    var total = 0.0
    for row in 0..<rows {
        let (line, target) = (logits + row * classes, targets + row * classes)
        let greatest = maximum(line, count: classes)
        var sum = 0.0
        var wanted = 0.0
        var mass = 0.0
        for index in 0..<classes {
            sum += Double(exponential(line[index] - greatest))
            wanted += Double(target[index] * (line[index] - greatest))
            mass += Double(target[index])
        }
        total += mass * log(sum) - wanted
    }
    return Float(total / Double(rows))
}

/// Adds to dlogits the gradient of `seed` times the cross-entropy: seed / R·(softmax(logits)·Σ target − target).
public func crossEntropyBack(
    _ logits: Floats, _ targets: Floats, seed: Float, into dlogits: MutableFloats, rows: Int, classes: Int
) {
    let factor = seed / Float(rows)
    parallelFor(rows, chunk: 16, work: rows * classes * valueWork) { range in
        withScratch(classes) { shares in
            for row in range {
                let target = targets + row * classes
                softmaxRow(logits + row * classes, into: shares, count: classes)
                let mass = sum(target, count: classes)
                for index in 0..<classes {
                    dlogits[row * classes + index] += factor * (shares[index] * mass - target[index])
                }
            }
        }
    }
}
