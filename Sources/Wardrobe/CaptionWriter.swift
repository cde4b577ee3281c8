/// Writes captions in varied wording, some of which leave the colour or the backdrop unsaid.
public enum CaptionWriter {
    /// Phrasings of one garment; `{}` is the garment's name, the other two are a colour and a backdrop.
    ///
    /// `{a …}` puts the article that the next word asks for; a bare `a {}` never changes, as in the templates
    /// that classifiers fill in.
    static let full = [
        "a photo of {a color} {} on {background}",
        "{a color} {}, {adjective} background",
        "on {background}: {a color} {}",
        "{a color} {} on {background}",
        "a picture of {a color} {} against {background}",
        "there is {a color} {} on {background}",
        "{a garment} in {color} on {background}",
        "this {} is {color}, the background is {background}",
        "a close-up of {a color} {} on {background}",
        "{background} with {a color} {}",
    ]
    static let colorOnly = [
        "a photo of {a color} {}", "{a color} {}", "a picture of {a color} {}", "{a garment} in {color}",
        "this {} is {color}",
    ]
    static let backgroundOnly = [
        "a photo of {a garment} on {background}", "{a garment} on {background}",
        "{a garment}, {adjective} background", "on {background}: {a garment}",
        "{background} with {a garment}",
    ]
    static let bare = [
        "a photo of a {}", "a photo of a {}.", "a picture of a {}", "a picture of a {}.", "a {}",
        "{a garment}",
        "a close-up of a {}", "a small photo of a {}.",
    ]
    static let related = [
        "{a color} {} {relation} {other} on {background}",
        "a photo of {a color} {} {relation} {other} on {background}",
        "on {background}: {a color} {} {relation} {other}",
        "{a color} {} {relation} {other}, {adjective} background",
        "there is {a color} {} {relation} {other}",
    ]

    /// A caption of a scene; another `variant` may word it differently.
    public static func caption(for recipe: SceneRecipe, variant: UInt64 = 0) -> String {
        var random = SceneRandom(recipe.textureSeed, 0xCA97, variant)
        guard let companion = recipe.companion else {
            let phrasings =
                switch random.within(0...99) {
                case 0..<62: full
                case 62..<76: colorOnly
                case 76..<88: backgroundOnly
                default: bare
                }
            return filled(random.pick(phrasings), recipe)
        }
        let other = "\(companion.garment.color.name) \(companion.garment.garment.name)"
        return filled(
            random.pick(related).replacing("{relation}", with: companion.relation.phrase)
                .replacing("{other}", with: withArticle(other)), recipe)
    }

    private static func filled(_ phrasing: String, _ recipe: SceneRecipe) -> String {
        let subject = recipe.subject
        return
            phrasing
            .replacing("{a color}", with: withArticle(subject.color.name))
            .replacing("{a garment}", with: withArticle(subject.garment.name))
            .replacing("{color}", with: subject.color.name)
            .replacing("{}", with: subject.garment.name)
            .replacing("{background}", with: recipe.backdrop.name)
            .replacing("{adjective}", with: recipe.backdrop.adjective)
    }

    /// "an orange coat", "a red coat".
    private static func withArticle(_ phrase: String) -> String {
        let vowel = phrase.first.map { "aeiou".contains($0) } ?? false
        return (vowel ? "an " : "a ") + phrase
    }
}
