/// Doubles height and width by repeating pixels: out[B, 2H, 2W, C] of x[B, H, W, C].
public func upsampleNearest(
    _ x: Floats, into out: MutableFloats, batch: Int, height: Int, width: Int, channels: Int
) {
    let line = 2 * width * channels
    parallelFor(batch * height, chunk: 8, work: batch * height * line * valueWork) { range in
        for row in range {
            let (source, upper) = (x + row * width * channels, out + row * 2 * line)
            for pixel in 0..<width {
                let (from, to) = (source + pixel * channels, upper + 2 * pixel * channels)
                to.update(from: from, count: channels)
                (to + channels).update(from: from, count: channels)
            }
            (upper + line).update(from: upper, count: line)
        }
    }
}

/// Images of another size, each pixel the one that PyTorch's `nearest` picks: out[B, H′, W′, C] of x[B, H, W, C].
public func resizeNearest(
    _ x: Floats, height: Int, width: Int, into out: MutableFloats, height outHeight: Int, width outWidth: Int,
    batch: Int, channels: Int
) {
    for row in 0..<batch * outHeight {
        let (image, y) = (row / outHeight, nearest(row % outHeight, from: height, to: outHeight))
        for column in 0..<outWidth {
            let source = (image * height + y) * width + nearest(column, from: width, to: outWidth)
            (out + (row * outWidth + column) * channels).update(from: x + source * channels, count: channels)
        }
    }
}

/// The place that a place of a resized line is read from, computed in float32 as PyTorch does.
func nearest(_ index: Int, from: Int, to: Int) -> Int {
    min(Int(Float(index) * (Float(from) / Float(to))), from - 1)
}

/// Puts the columns of y after those of x: out[R, C + D] of x[R, C] and y[R, D].
public func concatenateColumns(
    _ x: Floats, columns: Int, _ y: Floats, columns more: Int, into out: MutableFloats, rows: Int
) {
    let width = columns + more
    parallelFor(rows, chunk: 256, work: rows * width * valueWork) { range in
        for row in range {
            (out + row * width).update(from: x + row * columns, count: columns)
            (out + row * width + columns).update(from: y + row * more, count: more)
        }
    }
}

/// Transposes each of B matrices: out[B, C, R] of x[B, R, C].
///
/// With R pixels and C channels it makes planes of channels-last images, with R and C exchanged the reverse.
public func transpose(_ x: Floats, into out: MutableFloats, batch: Int, rows: Int, columns: Int) {
    let tile = 16
    let bands = (rows + tile - 1) / tile
    parallelFor(batch * bands, chunk: 4, work: batch * rows * columns * valueWork) { range in
        for index in range {
            let (image, top) = (index / bands, index % bands * tile)
            let (source, target) = (x + image * rows * columns, out + image * rows * columns)
            for column in 0..<columns {
                for row in top..<min(top + tile, rows) {
                    target[column * rows + row] = source[row * columns + column]
                }
            }
        }
    }
}
