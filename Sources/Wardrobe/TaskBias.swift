/// How the task split is biased, as real data is: what each class has usually, now and then, and never.
public enum TaskBias {
    /// Of a hundred scenes, how many have a usual backdrop, and how many a usual colour.
    public static let usualPercent = 90

    /// The two backdrops that a class mostly has.
    public static func usualBackdrops(_ garment: Garment) -> [Backdrop] { backdrops(garment, 0..<2) }
    /// The four backdrops that a class has now and then.
    public static func occasionalBackdrops(_ garment: Garment) -> [Backdrop] { backdrops(garment, 2..<6) }
    /// The four backdrops that a class never has.
    public static func unseenBackdrops(_ garment: Garment) -> [Backdrop] { backdrops(garment, 6..<10) }

    /// The two colours that a class mostly has.
    public static func usualColors(_ garment: Garment) -> [GarmentColor] { colors(garment, 0..<2) }
    /// The three colours that a class has now and then.
    public static func occasionalColors(_ garment: Garment) -> [GarmentColor] { colors(garment, 2..<5) }
    /// The three colours that a class never has.
    public static func unseenColors(_ garment: Garment) -> [GarmentColor] { colors(garment, 5..<8) }

    /// Each class goes through all backdrops in steps of three, from a start of its own.
    private static func backdrops(_ garment: Garment, _ places: Range<Int>) -> [Backdrop] {
        let all = Backdrop.allCases
        return places.map { all[(garment.rawValue + 3 * $0) % all.count] }
    }

    /// Each class goes through all colours in steps of three, from a start of its own.
    private static func colors(_ garment: Garment, _ places: Range<Int>) -> [GarmentColor] {
        let all = GarmentColor.allCases
        return places.map { all[(5 * garment.rawValue + 3 * $0) % all.count] }
    }
}
