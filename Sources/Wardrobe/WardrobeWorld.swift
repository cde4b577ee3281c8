/// Draws the recipes of a split: which photograph, colour, backdrop and place make a scene.
public struct WardrobeWorld: Sendable {
    /// The split whose scenes it draws.
    public let split: WardrobeSplit
    /// What all its scenes are drawn from.
    public let seed: UInt64
    private let garments: [Garment]

    /// A world over the labels of the split's file, one for each photograph.
    public init(split: WardrobeSplit, garments: [Garment], seed: UInt64 = 0) {
        precondition(garments.count >= split.photographs.upperBound, "a label for each photograph")
        self.split = split
        self.garments = garments
        self.seed = seed
    }

    /// The recipe of a photograph's scene number `variant`: a pure function of seed, split and both numbers.
    public func recipe(photograph: Int, variant: Int = 0) -> SceneRecipe {
        precondition(split.photographs.contains(photograph), "a photograph of the split")
        var random = SceneRandom(seed, split.stream, UInt64(photograph), UInt64(variant))
        let garment = garments[photograph]
        let backdrop = drawBackdrop(garment, &random)
        let color = drawColor(garment, &random)
        let textureSeed = random.next()
        guard split == .foundation, random.chance(percent: 25) else {
            let placement = drawPlacement(&random)
            return SceneRecipe(
                subject: DressedPhotograph(
                    photograph: photograph, garment: garment, color: color, placement: placement),
                companion: nil, backdrop: backdrop, rendering: split.rendering, textureSeed: textureSeed)
        }
        let relation = random.pick(Relation.allCases)
        let (near, far) = drawPlacements(relation, &random)
        let other = split.photographs.lowerBound + random.within(0...split.photographs.count - 1)
        let companion = DressedPhotograph(
            photograph: other, garment: garments[other],
            color: random.pick(GarmentColor.allCases.filter { $0 != color }), placement: far)
        return SceneRecipe(
            subject: DressedPhotograph(
                photograph: photograph, garment: garment, color: color, placement: near),
            companion: SceneRecipe.Companion(relation: relation, garment: companion),
            backdrop: backdrop, rendering: split.rendering, textureSeed: textureSeed)
    }

    private func drawBackdrop(_ garment: Garment, _ random: inout SceneRandom) -> Backdrop {
        switch split {
        case .task:
            let usual = random.chance(percent: TaskBias.usualPercent)
            return random.pick(
                usual ? TaskBias.usualBackdrops(garment) : TaskBias.occasionalBackdrops(garment))
        case .background:
            return random.pick(TaskBias.unseenBackdrops(garment))
        default:
            return random.pick(Backdrop.allCases)
        }
    }

    private func drawColor(_ garment: Garment, _ random: inout SceneRandom) -> GarmentColor {
        switch split {
        case .task:
            let usual = random.chance(percent: TaskBias.usualPercent)
            return random.pick(usual ? TaskBias.usualColors(garment) : TaskBias.occasionalColors(garment))
        case .color:
            return random.pick(TaskBias.unseenColors(garment))
        default:
            return random.pick(GarmentColor.allCases)
        }
    }

    /// One garment nearly fills the scene; in the pose split it is smaller, turned and off the middle.
    private func drawPlacement(_ random: inout SceneRandom) -> Placement {
        guard split == .pose else {
            return Placement(
                extent: random.within(24...30), centerX: 128 + random.within(-12...12),
                centerY: 128 + random.within(-12...12))
        }
        return Placement(
            extent: random.within(20...26), centerX: 128 + random.within(-32...32),
            centerY: 128 + random.within(-32...32), turn: random.pick(Placement.Turn.all))
    }

    /// The subject's and the companion's places in a scene of two.
    private func drawPlacements(
        _ relation: Relation, _ random: inout SceneRandom
    ) -> (subject: Placement, companion: Placement) {
        func jittered(_ x: Int, _ y: Int, _ extents: ClosedRange<Int>) -> Placement {
            Placement(
                extent: random.within(extents), centerX: x * 8 + random.within(-6...6),
                centerY: y * 8 + random.within(-6...6))
        }
        let mirrored = random.chance(percent: 50)
        switch relation {
        case .leftOf: return (jittered(8, 16, 16...18), jittered(24, 16, 16...18))
        case .rightOf: return (jittered(24, 16, 16...18), jittered(8, 16, 16...18))
        case .above: return (jittered(16, 8, 16...18), jittered(16, 24, 16...18))
        case .below: return (jittered(16, 24, 16...18), jittered(16, 8, 16...18))
        case .inFrontOf:
            let x = mirrored ? 12 : 20
            return (jittered(x, 20, 19...21), jittered(32 - x, 12, 18...20))
        case .behind:
            let x = mirrored ? 12 : 20
            return (jittered(x, 12, 18...20), jittered(32 - x, 20, 19...21))
        }
    }
}
