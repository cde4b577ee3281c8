import Testing

@testable import Wardrobe

@Suite struct CaptionWriterTests {
    private let foundation = recipes(.foundation, count: 4000)

    @Test func noBraceIsLeft() {
        for recipe in foundation {
            let caption = CaptionWriter.caption(for: recipe)
            #expect(!caption.contains("{") && !caption.contains("}"), "\(caption)")
        }
    }

    @Test func everyCaptionNamesTheGarmentAndNoOtherColorOrBackdrop() {
        for recipe in foundation where recipe.companion == nil {
            let caption = CaptionWriter.caption(for: recipe)
            #expect(caption.contains(recipe.subject.garment.name), "\(caption)")
            for color in GarmentColor.allCases where color != recipe.subject.color {
                #expect(!(" " + caption).contains(" \(color.name) "), "\(caption)")
            }
            for backdrop in Backdrop.allCases where backdrop != recipe.backdrop {
                #expect(!caption.contains("on \(backdrop.name)"), "\(caption)")
            }
        }
    }

    @Test func aRelationNamesBothGarmentsInOrder() throws {
        for recipe in foundation {
            guard let companion = recipe.companion else { continue }
            let caption = CaptionWriter.caption(for: recipe)
            let subject = "\(recipe.subject.color.name) \(recipe.subject.garment.name) "
            let other = "\(companion.garment.color.name) \(companion.garment.garment.name)"
            let place = try #require(
                caption.firstRange(of: subject + companion.relation.phrase), "\(caption)")
            #expect(caption[place.upperBound...].contains(other), "\(caption)")
        }
    }

    @Test func wordingVariesAndSomeCaptionsAreBare() {
        let alone = foundation.filter { $0.companion == nil }
        let captions = alone.map { CaptionWriter.caption(for: $0) }
        let bare = zip(alone, captions).count { recipe, caption in
            !caption.contains(recipe.subject.color.name) && !caption.contains(recipe.backdrop.name)
                && !caption.contains(recipe.backdrop.adjective)
        }
        #expect((200...500).contains(bare))
        let words =
            CaptionWriter.full + CaptionWriter.colorOnly + CaptionWriter.backgroundOnly + CaptionWriter.bare
        #expect(Set(words).count >= 12)
        #expect(
            CaptionWriter.caption(for: alone[0], variant: 0)
                == CaptionWriter.caption(for: alone[0], variant: 0))
        #expect(Set((0..<20).map { CaptionWriter.caption(for: alone[0], variant: $0) }).count > 3)
    }

    @Test func articlesFollowTheNextWord() {
        for recipe in foundation where recipe.subject.color == .orange && recipe.companion == nil {
            #expect(!CaptionWriter.caption(for: recipe).contains("a orange"))
        }
    }

    @Test func templatesHaveTheirPlace() {
        #expect(ClassTemplates.plain.count >= 6)
        #expect(ClassTemplates.plain.allSatisfy { $0.contains("{}") && !$0.contains("{color}") })
        #expect(ClassTemplates.attributed.allSatisfy { $0.contains("{}") })
    }

    @Test func keysAreDistinct() {
        #expect(Set(Garment.allCases.map(\.key)).count == 10)
        #expect(Set(Backdrop.allCases.map(\.key)).count == 10)
        #expect(Relation.allCases.map(\.key).first == "to-the-left-of")
    }
}
