/// An sRGB colour in whole levels, 0 to 255 where it is shown.
struct Paint: Hashable {
    var red: Int
    var green: Int
    var blue: Int

    init(_ red: Int, _ green: Int, _ blue: Int) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// The colour with the same number of levels added to each channel, within what can be shown.
    func lighter(by levels: Int) -> Paint {
        Paint(shown(red + levels), shown(green + levels), shown(blue + levels))
    }

    /// This colour at `share` of 255 parts, the other one for the rest.
    func mixed(with other: Paint, share: Int) -> Paint {
        func mix(_ a: Int, _ b: Int) -> Int { (a * share + b * (255 - share) + 127) / 255 }
        return Paint(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
    }

    private func shown(_ level: Int) -> Int { min(max(level, 0), 255) }
}
