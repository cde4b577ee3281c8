/// A garment of a scene: which photograph, in which colour, where.
public struct DressedPhotograph: Hashable, Sendable {
    /// The photograph's index in its file.
    public let photograph: Int
    /// What it shows.
    public let garment: Garment
    /// The colour it is dyed in.
    public let color: GarmentColor
    /// Where it lies.
    public let placement: Placement
}

/// Everything that decides a scene's pixels, apart from the photographs themselves.
public struct SceneRecipe: Hashable, Sendable {
    /// The garment that the scene is about.
    public let subject: DressedPhotograph
    /// A second garment, if there is one, and where the subject lies as seen from it.
    public let companion: Companion?
    /// What lies behind.
    public let backdrop: Backdrop
    /// How the finished scene is rendered.
    public let rendering: Rendering
    /// What the texture's phases, tints and noise are drawn from.
    public let textureSeed: UInt64

    /// A second garment in relation to the subject.
    public struct Companion: Hashable, Sendable {
        /// Where the subject lies as seen from the companion.
        public let relation: Relation
        /// The second garment.
        public let garment: DressedPhotograph
    }

    /// The manner in which a scene is shown.
    public enum Rendering: String, CaseIterable, Hashable, Sendable {
        /// As composed.
        case plain
        /// Dark outlines on white paper, without colour and backdrop.
        case sketch
        /// Three levels a channel, inverted.
        case rendition
    }
}
