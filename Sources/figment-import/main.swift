import StageKit

Program.run(
    "figment-import", "brings in concepts, templates, images, or the Wardrobe world",
    [
        (ConceptsCommand.syntax, ConceptsCommand.run), (TemplatesCommand.syntax, TemplatesCommand.run),
        (ImagesCommand.syntax, ImagesCommand.run), (WardrobeCommand.syntax, WardrobeCommand.run),
    ])
