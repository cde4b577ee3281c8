import Glibc

/// The mean over R rows of −log softmax(logits) at the row's class, for logits[R, K].
public func crossEntropy(_ logits: Floats, classes: [Int], count: Int) -> Float {
    var total = 0.0
    for (row, wanted) in classes.enumerated() {
        let line = logits + row * count
        let greatest = maximum(line, count: count)
        var sum = 0.0
        for index in 0..<count { sum += Double(exponential(line[index] - greatest)) }
        total += log(sum) - Double(line[wanted] - greatest)
    }
    return Float(total / Double(classes.count))
}

/// Adds to dlogits the gradient of `seed` times the cross-entropy with classes: seed / R·(softmax(logits) − one-hot).
public func crossEntropyBack(
    _ logits: Floats, classes: [Int], seed: Float, into dlogits: MutableFloats, count: Int
) {
    let factor = seed / Float(classes.count)
    parallelFor(classes.count, chunk: 16, work: classes.count * count * valueWork) { range in
        withScratch(count) { shares in
            for row in range {
                softmaxRow(logits + row * count, into: shares, count: count)
                let target = dlogits + row * count
                for index in 0..<count { target[index] += factor * shares[index] }
                target[classes[row]] -= factor
            }
        }
    }
}
