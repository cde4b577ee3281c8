/// Windows put over channels-last images, of which one value is made for each channel.
public struct PoolingGeometry: Hashable, Sendable {
    /// Height, width and channels of the input.
    public let height, width, channels: Int
    /// Side of a window, distance between windows, and pixels around the image that count for nothing.
    public let kernel, stride, padding: Int

    /// Describes a pooling; every window must hold at least one pixel.
    public init(height: Int, width: Int, channels: Int, kernel: Int, stride: Int, padding: Int) {
        precondition(
            min(height, width) + 2 * padding >= kernel && 2 * padding <= kernel && stride > 0,
            "windows of \(kernel) on \(height) × \(width) pixels")
        self.height = height
        self.width = width
        self.channels = channels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
    }

    /// Height of the output.
    public var outputHeight: Int { (height + 2 * padding - kernel) / stride + 1 }
    /// Width of the output.
    public var outputWidth: Int { (width + 2 * padding - kernel) / stride + 1 }

    /// The first pixel of a window.
    func firstPixel(row: Int, column: Int) -> Int {
        max(row * stride - padding, 0) * width + max(column * stride - padding, 0)
    }

    /// Calls `body` with the pixels of a window, in their order.
    @inline(__always)
    func forEachPixel(row: Int, column: Int, _ body: (_ pixel: Int) -> Void) {
        let (top, left) = (row * stride - padding, column * stride - padding)
        for y in max(top, 0)..<min(top + kernel, height) {
            for x in max(left, 0)..<min(left + kernel, width) { body(y * width + x) }
        }
    }
}

/// Whether a value is a window's maximum after another was: the first of equal ones is, and a NaN always.
@inline(__always)
private func takesPlace(_ value: Float, of maximum: Float) -> Bool { value > maximum || value.isNaN }

/// The greatest value of every window, NaN where it holds one: out[B, H′, W′, C] of x[B, H, W, C].
public func poolMaximum(_ x: Floats, into out: MutableFloats, batch: Int, geometry: PoolingGeometry) {
    let channels = geometry.channels
    let (height, width) = (geometry.outputHeight, geometry.outputWidth)
    let work = batch * height * width * geometry.kernel * geometry.kernel * channels * valueWork
    parallelFor(batch * height, work: work) { range in
        for line in range {
            let (image, row) = (
                x + line / height * geometry.height * geometry.width * channels, line % height
            )
            for column in 0..<width {
                let target = out + (line * width + column) * channels
                target.update(repeating: -.infinity, count: channels)
                geometry.forEachPixel(row: row, column: column) { pixel in
                    let source = image + pixel * channels
                    for channel in 0..<channels {
                        let (value, maximum) = (source[channel], target[channel])
                        target[channel] = takesPlace(value, of: maximum) ? value : maximum
                    }
                }
            }
        }
    }
}

/// Adds to dx[B, H, W, C] what dy[B, H′, W′, C] says of the input of `poolMaximum`: all to the pixel that is a window's
/// maximum, the first of equal ones.
public func poolMaximumBack(
    _ x: Floats, _ dy: Floats, into dx: MutableFloats, batch: Int, geometry: PoolingGeometry
) {
    let channels = geometry.channels
    let (height, width) = (geometry.outputHeight, geometry.outputWidth)
    let work = batch * height * width * geometry.kernel * geometry.kernel * channels * valueWork
    parallelFor(batch, work: work) { range in
        withScratch(channels) { greatest in
            var places = [Int](repeating: 0, count: channels)
            for image in range {
                let start = image * geometry.height * geometry.width * channels
                for window in 0..<height * width {
                    let (row, column) = (window / width, window % width)
                    let first = geometry.firstPixel(row: row, column: column)
                    greatest.update(repeating: -.infinity, count: channels)
                    for channel in 0..<channels { places[channel] = first }
                    geometry.forEachPixel(row: row, column: column) { pixel in
                        let source = x + start + pixel * channels
                        for channel in 0..<channels where takesPlace(source[channel], of: greatest[channel]) {
                            greatest[channel] = source[channel]
                            places[channel] = pixel
                        }
                    }
                    let gradient = dy + (image * height * width + window) * channels
                    for channel in 0..<channels {
                        dx[start + places[channel] * channels + channel] += gradient[channel]
                    }
                }
            }
        }
    }
}

/// The mean of each block's rows: out[B, C] of x[B, R, C].
public func averageRows(_ x: Floats, into out: MutableFloats, batch: Int, rows: Int, columns: Int) {
    let share = 1 / Float(rows)
    parallelFor(batch, work: batch * rows * columns * valueWork) { range in
        for block in range {
            let target = out + block * columns
            target.update(repeating: 0, count: columns)
            for row in 0..<rows {
                let source = x + (block * rows + row) * columns
                for column in 0..<columns { target[column] += source[column] }
            }
            for column in 0..<columns { target[column] *= share }
        }
    }
}

/// Adds to dx[B, R, C] what dy[B, C] says of the input of `averageRows`.
public func averageRowsBack(_ dy: Floats, into dx: MutableFloats, batch: Int, rows: Int, columns: Int) {
    let share = 1 / Float(rows)
    parallelFor(batch, work: batch * rows * columns * valueWork) { range in
        for block in range {
            let source = dy + block * columns
            for row in 0..<rows {
                let target = dx + (block * rows + row) * columns
                for column in 0..<columns { target[column] += source[column] * share }
            }
        }
    }
}
