/// Prompt templates for classification in this world; `{}` is where the class's name goes.
public enum ClassTemplates {
    /// Templates that name the class alone.
    public static let plain = [
        "a photo of a {}.", "a photo of a {}", "a picture of a {}.", "a {}", "a close-up of a {}",
        "a small photo of a {}.", "this is a {}",
    ]
    /// Templates that also name a colour and a background, in braces of those words.
    public static let attributed = [
        "a photo of a {color} {} on {background}", "a {color} {} on {background}",
        "on {background}: a {color} {}", "a {color} {}", "a {} on {background}",
    ]
    /// A template for each colour on each backdrop ("a photo of a red {} on sand"): 80 in all.
    public static let scenes = GarmentColor.allCases.flatMap { color in
        Backdrop.allCases.map { backdrop in
            let article = "aeiou".contains(color.name.prefix(1)) ? "an" : "a"
            return "a photo of \(article) \(color.name) {} on \(backdrop.name)"
        }
    }
}
