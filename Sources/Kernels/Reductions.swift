/// The sum of `count` values, in an order that depends on the count alone: sixteen lanes, then the rest.
func sum(_ x: Floats, count: Int) -> Float {
    var lanes = SIMD16<Float>()
    let whole = count & ~15
    for index in stride(from: 0, to: whole, by: 16) { lanes += load(x + index) }
    var total = lanes.sum()
    for index in whole..<count { total += x[index] }
    return total
}

/// The sum of (x − centre)² over `count` values, in an order that depends on the count alone.
func sumOfSquares(_ x: Floats, around centre: Float, count: Int) -> Float {
    var lanes = SIMD16<Float>()
    let whole = count & ~15
    for index in stride(from: 0, to: whole, by: 16) {
        let distance = load(x + index) - centre
        lanes += distance * distance
    }
    var total = lanes.sum()
    for index in whole..<count { total += (x[index] - centre) * (x[index] - centre) }
    return total
}

/// The sum of x·y over `count` values, in an order that depends on the count alone.
func sumOfProducts(_ x: Floats, _ y: Floats, count: Int) -> Float {
    var lanes = SIMD16<Float>()
    let whole = count & ~15
    for index in stride(from: 0, to: whole, by: 16) { lanes += load(x + index) * load(y + index) }
    var total = lanes.sum()
    for index in whole..<count { total += x[index] * y[index] }
    return total
}

/// The sum of x·y·(z − centre) over `count` values, in an order that depends on the count alone.
func sumOfProducts(_ x: Floats, _ y: Floats, _ z: Floats, less centre: Float, count: Int) -> Float {
    var lanes = SIMD16<Float>()
    let whole = count & ~15
    for index in stride(from: 0, to: whole, by: 16) {
        lanes += load(x + index) * load(y + index) * (load(z + index) - centre)
    }
    var total = lanes.sum()
    for index in whole..<count { total += x[index] * y[index] * (z[index] - centre) }
    return total
}

/// The greatest of `count` values, of which there is at least one.
func maximum(_ x: Floats, count: Int) -> Float {
    var greatest = x[0]
    let whole = count & ~15
    if whole > 0 {
        var lanes = load(x)
        for index in stride(from: 16, to: whole, by: 16) {
            let next = load(x + index)
            lanes.replace(with: next, where: next .> lanes)
        }
        greatest = lanes.max()
    }
    for index in whole..<count where x[index] > greatest { greatest = x[index] }
    return greatest
}

@inline(__always)
private func load(_ x: Floats) -> SIMD16<Float> {
    UnsafeRawPointer(x).loadUnaligned(as: SIMD16<Float>.self)
}
