/// A part of the Wardrobe world: which photographs it is made from, and how its scenes are drawn.
public enum WardrobeSplit: String, CaseIterable, Hashable, Sendable {
    /// All combinations, a quarter of them with two garments; only the starter models learn from it.
    case foundation
    /// The user's real data: each class mostly on its two usual backdrops and in its two usual colours.
    case task
    /// Every combination alike, from photographs that nothing has learnt from.
    case test
    /// Test photographs as outlines on paper, in the manner of ImageNet-Sketch.
    case sketch
    /// Posterized and inverted, in the manner of ImageNet-R.
    case rendition
    /// Drawn as the test split is, once more, in the manner of ImageNet-V2.
    case resampled
    /// Turned and shifted, in the manner of ObjectNet.
    case pose
    /// Only on backdrops that the class never has in the task split.
    case background
    /// Only in colours that the class never has in the task split.
    case color

    /// A file of Fashion-MNIST.
    public enum File: String, Hashable, Sendable {
        /// 60,000 photographs.
        case training = "train"
        /// 10,000 photographs.
        case test = "t10k"
    }

    /// The file its photographs are in.
    public var file: File {
        switch self {
        case .foundation, .task: .training
        default: .test
        }
    }

    /// The indices of its photographs in that file.
    public var photographs: Range<Int> {
        switch self {
        case .foundation: 0..<50_000
        case .task: 50_000..<60_000
        default: 0..<10_000
        }
    }

    /// How its scenes are rendered.
    var rendering: SceneRecipe.Rendering {
        switch self {
        case .sketch: .sketch
        case .rendition: .rendition
        default: .plain
        }
    }

    /// What keeps the random streams of two splits apart; never renumber.
    var stream: UInt64 {
        switch self {
        case .foundation: 1
        case .task: 2
        case .test: 3
        case .sketch: 4
        case .rendition: 5
        case .resampled: 6
        case .pose: 7
        case .background: 8
        case .color: 9
        }
    }
}
