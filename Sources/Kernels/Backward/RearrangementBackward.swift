/// Adds to dx[B, H, W, C] what dy[B, 2H, 2W, C] says of the input of `upsampleNearest`.
public func upsampleNearestBack(
    _ dy: Floats, into dx: MutableFloats, batch: Int, height: Int, width: Int, channels: Int
) {
    let line = 2 * width * channels
    parallelFor(batch * height, chunk: 8, work: batch * height * line * valueWork) { range in
        for row in range {
            let (upper, target) = (dy + row * 2 * line, dx + row * width * channels)
            for pixel in 0..<width {
                for channel in 0..<channels {
                    let place = 2 * pixel * channels + channel
                    target[pixel * channels + channel] +=
                        (upper[place] + upper[place + channels])
                        + (upper[line + place] + upper[line + place + channels])
                }
            }
        }
    }
}

/// Adds to dx[B, H, W, C] what dy[B, H′, W′, C] says of the input of `resizeNearest`.
public func resizeNearestBack(
    _ dy: Floats, height outHeight: Int, width outWidth: Int, into dx: MutableFloats, height: Int, width: Int,
    batch: Int, channels: Int
) {
    for row in 0..<batch * outHeight {
        let (image, y) = (row / outHeight, nearest(row % outHeight, from: height, to: outHeight))
        for column in 0..<outWidth {
            let place = (image * height + y) * width + nearest(column, from: width, to: outWidth)
            let (source, target) = (dy + (row * outWidth + column) * channels, dx + place * channels)
            for channel in 0..<channels { target[channel] += source[channel] }
        }
    }
}

/// Adds a range of the columns of dy[R, W] to dx[R, C].
public func addColumns(
    _ dy: Floats, columns: Range<Int>, of width: Int, into dx: MutableFloats, rows: Int
) {
    parallelFor(rows, chunk: 256, work: rows * columns.count * valueWork) { range in
        for row in range {
            let (source, target) = (dy + row * width + columns.lowerBound, dx + row * columns.count)
            for column in 0..<columns.count { target[column] += source[column] }
        }
    }
}

/// Adds each row of dy[R, C] to that row of dx which `rows` names; rows that come twice are added in order.
public func scatterRows(_ dy: Floats, rows: [Int], into dx: MutableFloats, columns: Int) {
    for (row, place) in rows.enumerated() {
        let (source, target) = (dy + row * columns, dx + place * columns)
        for column in 0..<columns { target[column] += source[column] }
    }
}

/// Adds the gradients of `modulate`: to dx[B, R, C] and drows[B, 2C] where they are asked for.
public func modulateBack(
    _ x: Floats, by modulation: Floats, _ dy: Floats, dx: MutableFloats?, drows: MutableFloats?, batch: Int,
    rows: Int, columns: Int
) {
    parallelFor(batch, work: batch * rows * columns * valueWork) { range in
        for block in range {
            let scale = modulation + block * 2 * columns
            for row in block * rows..<(block + 1) * rows {
                let (source, gradient) = (x + row * columns, dy + row * columns)
                if let target = dx.map({ $0 + row * columns }) {
                    for column in 0..<columns { target[column] += gradient[column] * (1 + scale[column]) }
                }
                if let target = drows.map({ $0 + block * 2 * columns }) {
                    for column in 0..<columns {
                        target[column] += gradient[column] * source[column]
                        target[columns + column] += gradient[column]
                    }
                }
            }
        }
    }
}
