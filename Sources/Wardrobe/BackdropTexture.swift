/// Paints one backdrop: the phases and tints of a scene are drawn once, each pixel is then a pure function.
struct BackdropTexture {
    let backdrop: Backdrop
    private let noise: LatticeNoise
    private let phaseX: Int
    private let phaseY: Int
    private let tint: Int

    init(_ backdrop: Backdrop, random: inout SceneRandom) {
        self.backdrop = backdrop
        noise = LatticeNoise(seed: random.next())
        phaseX = random.within(0...63)
        phaseY = random.within(0...63)
        tint = random.within(-8...8)
    }

    /// The colour at column `x` from the left and row `y` from the top.
    func paint(x: Int, y: Int) -> Paint {
        let u = x + phaseX
        let v = y + phaseY
        return pattern(u, v, height: y).lighter(by: tint)
    }

    private func pattern(_ u: Int, _ v: Int, height y: Int) -> Paint {
        switch backdrop {
        case .sand:
            return Paint(208, 178, 124).lighter(
                by: noise.smooth(u, v, width: 8, height: 3) / 8 - 16 + noise.white(u, v) / 16 - 8)
        case .grass:
            let blade = noise.smooth(u * 4, v, width: 5, height: 6)
            return Paint(34, 72, 22).mixed(with: Paint(104, 146, 60), share: blade)
        case .water:
            let crest = (v * 4 + noise.smooth(u, v, width: 8, height: 8) / 12) % 32
            return Paint(26, 84, 128).lighter(by: abs(crest - 16) * 4 - 20)
        case .brick:
            let course = v / 5
            let along = u + (course % 2) * 5
            let joint = v % 5 == 0 || along % 10 == 0
            return joint
                ? Paint(196, 184, 172)
                : Paint(140, 62, 46).lighter(by: noise.white(along / 10, course) / 8 - 16)
        case .wood:
            let plank = u / 8
            let grain = noise.smooth(u * 3, v, width: 4, height: 14, layer: 1) / 8
            return u % 8 == 0
                ? Paint(72, 44, 22)
                : Paint(134, 90, 48).lighter(by: noise.white(plank, 0) / 10 - 12 + grain - 16)
        case .snow:
            let drift = noise.smooth(u, v, width: 9, height: 5) / 6
            return Paint(238, 243, 250).mixed(with: Paint(176, 196, 226), share: 255 - drift * 3)
        case .night:
            let star = noise.white(u, v) < 8
            return star ? Paint(214, 214, 236) : Paint(10 + y / 3, 10 + y / 4, 40 + y)
        case .checkers:
            return (u / 5 + v / 5) % 2 == 0 ? Paint(44, 44, 48) : Paint(188, 188, 192)
        case .stripes:
            return (u + v) / 4 % 2 == 0 ? Paint(36, 122, 116) : Paint(224, 214, 186)
        case .stone:
            return stone(u, v)
        }
    }

    /// Cobbles: grey cells around jittered points, dark where two of the points are equally near.
    private func stone(_ u: Int, _ v: Int) -> Paint {
        var nearest = Int.max
        var second = Int.max
        var shade = 0
        for row in (v / 8 - 1)...(v / 8 + 1) {
            for column in (u / 8 - 1)...(u / 8 + 1) {
                let dx = column * 8 + 1 + noise.white(column, row, layer: 2) % 6 - u
                let dy = row * 8 + 1 + noise.white(column, row, layer: 3) % 6 - v
                let distance = dx * dx + dy * dy
                if distance < nearest {
                    second = nearest
                    nearest = distance
                    shade = noise.white(column, row, layer: 4) / 6
                } else if distance < second {
                    second = distance
                }
            }
        }
        return second - nearest < 9 ? Paint(56, 58, 62) : Paint(112, 114, 118).lighter(by: shade - 16)
    }
}
