import Testing

@testable import Wardrobe

/// Labels in turn, as many as the file of the split has.
func world(_ split: WardrobeSplit, seed: UInt64 = 0) -> WardrobeWorld {
    let count = split.file == .training ? 60_000 : 10_000
    return WardrobeWorld(
        split: split, garments: (0..<count).map { Garment.allCases[$0 % Garment.allCases.count] }, seed: seed)
}

/// The recipes of a split's first photographs.
func recipes(_ split: WardrobeSplit, count: Int = 2000) -> [SceneRecipe] {
    let world = world(split)
    return split.photographs.prefix(count).map { world.recipe(photograph: $0) }
}

@Suite struct WardrobeWorldTests {
    @Test func aRecipeIsAFunctionOfItsKeys() {
        let first = world(.foundation)
        #expect(
            first.recipe(photograph: 17, variant: 1) == world(.foundation).recipe(photograph: 17, variant: 1))
        #expect(first.recipe(photograph: 17, variant: 1) != first.recipe(photograph: 17, variant: 0))
        #expect(first.recipe(photograph: 17) != world(.foundation, seed: 1).recipe(photograph: 17))
        #expect(world(.test).recipe(photograph: 17) != world(.resampled).recipe(photograph: 17))
    }

    @Test func everyAttributeIsReached() {
        let foundation = recipes(.foundation)
        #expect(Set(foundation.map(\.subject.garment)).count == 10)
        #expect(Set(foundation.map(\.subject.color)).count == 8)
        #expect(Set(foundation.map(\.backdrop)).count == 10)
        #expect(Set(foundation.compactMap(\.companion?.relation)).count == 6)
    }

    @Test func aQuarterOfTheFoundationHasTwoGarments() {
        let foundation = recipes(.foundation)
        let pairs = foundation.compactMap(\.companion)
        #expect((420...580).contains(pairs.count))
        #expect(pairs.allSatisfy { (0..<50_000).contains($0.garment.photograph) })
        for recipe in foundation {
            if let companion = recipe.companion { #expect(companion.garment.color != recipe.subject.color) }
        }
    }

    @Test func onlyTheFoundationHasTwoGarments() {
        for split in WardrobeSplit.allCases where split != .foundation {
            #expect(recipes(split, count: 300).allSatisfy { $0.companion == nil })
        }
    }

    @Test func splitsShareNoPhotographs() {
        #expect(WardrobeSplit.foundation.photographs.upperBound == WardrobeSplit.task.photographs.lowerBound)
        for split in WardrobeSplit.allCases where split != .foundation && split != .task {
            #expect(split.file == .test)
        }
    }

    @Test func theTaskIsBiasedAndTheShiftsShowWhatItNeverHas() {
        let task = recipes(.task, count: 10_000)
        let usualPlace = task.count { TaskBias.usualBackdrops($0.subject.garment).contains($0.backdrop) }
        let usualColor = task.count { TaskBias.usualColors($0.subject.garment).contains($0.subject.color) }
        #expect((8800...9200).contains(usualPlace))
        #expect((8800...9200).contains(usualColor))
        #expect(task.allSatisfy { !TaskBias.unseenBackdrops($0.subject.garment).contains($0.backdrop) })
        #expect(task.allSatisfy { !TaskBias.unseenColors($0.subject.garment).contains($0.subject.color) })
        #expect(
            recipes(.background).allSatisfy {
                TaskBias.unseenBackdrops($0.subject.garment).contains($0.backdrop)
            })
        #expect(
            recipes(.color).allSatisfy {
                TaskBias.unseenColors($0.subject.garment).contains($0.subject.color)
            })
    }

    @Test func aClassHasEveryBackdropAndColorExactlyOnce() {
        for garment in Garment.allCases {
            let backdrops =
                TaskBias.usualBackdrops(garment) + TaskBias.occasionalBackdrops(garment)
                + TaskBias.unseenBackdrops(garment)
            let colors =
                TaskBias.usualColors(garment) + TaskBias.occasionalColors(garment)
                + TaskBias.unseenColors(garment)
            #expect(Set(backdrops).count == 10 && backdrops.count == 10)
            #expect(Set(colors).count == 8 && colors.count == 8)
        }
    }

    @Test func shiftsAreRenderedAsTheyAreCalled() {
        #expect(recipes(.sketch, count: 50).allSatisfy { $0.rendering == .sketch })
        #expect(recipes(.rendition, count: 50).allSatisfy { $0.rendering == .rendition })
        #expect(recipes(.pose, count: 50).allSatisfy { $0.subject.placement.turn != .none })
        #expect(
            recipes(.test, count: 50).allSatisfy {
                $0.rendering == .plain && $0.subject.placement.turn == .none
            })
    }
}
