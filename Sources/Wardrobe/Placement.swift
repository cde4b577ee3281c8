/// Where a garment lies in a scene, in whole numbers.
public struct Placement: Hashable, Sendable {
    /// The side of the square that the photograph fills, in pixels.
    public var extent: Int
    /// The square's centre from the left, in eighths of a pixel.
    public var centerX: Int
    /// The square's centre from the top, in eighths of a pixel.
    public var centerY: Int
    /// How far it is turned.
    public var turn = Turn.none

    /// A turn whose sine and cosine are fractions, so that turning needs no floating point.
    public struct Turn: Hashable, Sendable {
        /// The cosine times the radius.
        public let cosine: Int
        /// The sine times the radius; positive turns clockwise.
        public let sine: Int
        /// The hypotenuse of the Pythagorean triple.
        public let radius: Int

        /// Upright.
        public static let none = Turn(cosine: 1, sine: 0, radius: 1)
        /// 37°, 53° and 67° either way, from the triples (4, 3, 5) and (5, 12, 13), and upside down.
        public static let all = [
            Turn(cosine: 4, sine: 3, radius: 5), Turn(cosine: 4, sine: -3, radius: 5),
            Turn(cosine: 3, sine: 4, radius: 5), Turn(cosine: 3, sine: -4, radius: 5),
            Turn(cosine: 5, sine: 12, radius: 13), Turn(cosine: 5, sine: -12, radius: 13),
            Turn(cosine: -1, sine: 0, radius: 1),
        ]
    }
}
