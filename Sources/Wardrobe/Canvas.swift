/// The square on which a scene is composed.
struct Canvas {
    let side: Int
    private var paints: [Paint]

    /// A canvas filled by a function of column and row.
    init(side: Int, _ background: (Int, Int) -> Paint) {
        self.side = side
        paints = (0..<side * side).map { background($0 % side, $0 / side) }
    }

    /// H × W × 3 levels.
    var levels: [UInt8] {
        paints.flatMap { [UInt8($0.red), UInt8($0.green), UInt8($0.blue)] }
    }

    /// Lays a garment on the canvas, with a thin shadow around it.
    ///
    /// A pixel is dyed with the share (0.35 + 0.65 light) of `dye`; its edge is as soft as its coverage.
    mutating func lay(_ silhouette: Silhouette, at placement: Placement, dye: Paint) {
        let (coverage, light) = resampled(silhouette, at: placement)
        for y in 0..<side {
            for x in 0..<side {
                let index = y * side + x
                let own = coverage[index]
                var nearby = own
                for row in max(y - 1, 0)...min(y + 1, side - 1) {
                    for column in max(x - 1, 0)...min(x + 1, side - 1) {
                        nearby = max(nearby, coverage[row * side + column])
                    }
                }
                guard nearby > 0 else { continue }
                let shaded = paints[index].mixed(with: Paint(0, 0, 0), share: 255 - nearby * 140 / 255)
                func over(_ below: Int, _ dye: Int) -> Int {
                    (below * (255 - own) + dye * (35 * own + 65 * light[index]) / 100 + 127) / 255
                }
                paints[index] = Paint(
                    over(shaded.red, dye.red), over(shaded.green, dye.green), over(shaded.blue, dye.blue))
            }
        }
    }

    /// Coverage and light (times coverage) of a silhouette at each pixel: the mean of 4 × 4 bilinear samples.
    private func resampled(_ silhouette: Silhouette, at placement: Placement) -> ([Int], [Int]) {
        var coverage = [Int](repeating: 0, count: side * side)
        var light = coverage
        let turn = placement.turn
        let scale = 8 * turn.radius * placement.extent
        let middle = Photograph.side * 128 - 128
        for y in 0..<side * 4 {
            let dy = 2 * y + 1 - placement.centerY
            for x in 0..<side * 4 {
                let dx = 2 * x + 1 - placement.centerX
                let u = middle + (turn.cosine * dx + turn.sine * dy) * Photograph.side * 256 / scale
                let v = middle + (turn.cosine * dy - turn.sine * dx) * Photograph.side * 256 / scale
                let index = y / 4 * side + x / 4
                coverage[index] += bilinear(silhouette.coverage, u, v)
                light[index] += bilinear(silhouette.light, u, v)
            }
        }
        return (coverage.map { ($0 + 8) / 16 }, light.map { ($0 + 8) / 16 })
    }

    /// The level at a point given in 256ths of a pixel, linear between the four around it, 0 beyond the border.
    private func bilinear(_ levels: [UInt8], _ u: Int, _ v: Int) -> Int {
        let column = u >> 8
        let row = v >> 8
        let side = Photograph.side
        guard column >= -1, row >= -1, column < side, row < side else { return 0 }
        func level(_ column: Int, _ row: Int) -> Int {
            column < 0 || row < 0 || column >= side || row >= side ? 0 : Int(levels[row * side + column])
        }
        let right = u & 255
        let down = v & 255
        let top = level(column, row) * (256 - right) + level(column + 1, row) * right
        let bottom = level(column, row + 1) * (256 - right) + level(column + 1, row + 1) * right
        return (top * (256 - down) + bottom * down + 32_768) >> 16
    }
}

extension Canvas {
    /// Replaces the picture by its outlines: white paper, darker the steeper the picture was (Sobel).
    mutating func sketch() {
        let grey = paints.map { ($0.red * 77 + $0.green * 150 + $0.blue * 29) >> 8 }
        func level(_ x: Int, _ y: Int) -> Int {
            grey[min(max(y, 0), side - 1) * side + min(max(x, 0), side - 1)]
        }
        for y in 0..<side {
            for x in 0..<side {
                let across =
                    level(x + 1, y - 1) + 2 * level(x + 1, y) + level(x + 1, y + 1)
                    - level(x - 1, y - 1) - 2 * level(x - 1, y) - level(x - 1, y + 1)
                let down =
                    level(x - 1, y + 1) + 2 * level(x, y + 1) + level(x + 1, y + 1)
                    - level(x - 1, y - 1) - 2 * level(x, y - 1) - level(x + 1, y - 1)
                let ink = 255 - min((abs(across) + abs(down)) / 3, 255)
                paints[y * side + x] = Paint(ink, ink, ink)
            }
        }
    }

    /// Three levels a channel, then the negative.
    mutating func posterizeAndInvert() {
        func rendered(_ level: Int) -> Int { 255 - min(level / 86, 2) * 127 }
        for index in paints.indices {
            let paint = paints[index]
            paints[index] = Paint(rendered(paint.red), rendered(paint.green), rendered(paint.blue))
        }
    }
}
