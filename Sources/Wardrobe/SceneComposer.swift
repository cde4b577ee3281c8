/// Composes scenes, in whole-number arithmetic: the same recipe gives the same pixels on every machine.
public enum SceneComposer {
    /// Composes the scene of a recipe from the photographs it names, the second one where it has a companion.
    public static func compose(
        _ recipe: SceneRecipe, subject: Photograph, companion: Photograph? = nil
    ) -> Scene {
        precondition((recipe.companion == nil) == (companion == nil), "one photograph for each garment")
        var random = SceneRandom(recipe.textureSeed)
        let texture = BackdropTexture(recipe.backdrop, random: &random)
        var canvas = Canvas(side: Scene.side) { x, y in
            recipe.rendering == .sketch ? Paint(255, 255, 255) : texture.paint(x: x, y: y)
        }
        let first = (recipe.subject, Silhouette(subject))
        var layers = [first]
        if let beside = recipe.companion, let companion {
            let second = (beside.garment, Silhouette(companion))
            layers = beside.relation == .behind ? [first, second] : [second, first]
        }
        for (dressed, silhouette) in layers {
            let dye = recipe.rendering == .sketch ? GarmentColor.white.dye : dressed.color.dye
            canvas.lay(silhouette, at: dressed.placement, dye: dye)
        }
        switch recipe.rendering {
        case .plain: break
        case .sketch: canvas.sketch()
        case .rendition: canvas.posterizeAndInvert()
        }
        return Scene(pixels: canvas.levels)
    }
}
