import Checkpoints
import Diagnostics
import JSONValues

/// The configuration of a residual network with a classifier, as torchvision names its kinds.
///
/// Its `config.json` has `architecture` (resnet18, 34, 50, 101 or 152), `num_classes`, `in_chans`, and `stem`:
/// `imagenet` as published, or `cifar` for small images.
public struct ResNetConfiguration: Hashable, Sendable {
    /// Blocks in each of the four stages.
    public let depths: [Int]
    /// Whether a block narrows to a quarter of its width between two 1 × 1 convolutions.
    public let hasBottlenecks: Bool
    /// Channels of the stem and of the first stage.
    public let width: Int
    /// Classes, K, and channels of an image.
    public let classes, imageChannels: Int
    /// What stands before the stages.
    public let stem: Stem

    /// What stands before the stages.
    public enum Stem: Hashable, Sendable {
        /// A 7 × 7 convolution and a max-pool, each of stride 2.
        case imageNet
        /// A 3 × 3 convolution, for images of 32 × 32 pixels (He et al., section 4.2).
        case cifar
    }

    /// Describes a network of four stages.
    public init(
        depths: [Int], hasBottlenecks: Bool, width: Int = 64, classes: Int, imageChannels: Int = 3,
        stem: Stem
    ) {
        precondition(depths.count == 4 && depths.allSatisfy { $0 > 0 }, "a network has four stages")
        self.depths = depths
        self.hasBottlenecks = hasBottlenecks
        self.width = width
        self.classes = classes
        self.imageChannels = imageChannels
        self.stem = stem
    }

    /// Reads a `config.json`; throws `badInput` that names what is not supported.
    public init(_ fields: JSONFields) throws(Failure) {
        fields.ignore("pretrained_cfg", "num_features", "global_pool")
        let kind = try fields.choice("architecture", Self.kinds)
        let pool = try fields.string("global_pool", default: "avg")
        guard pool == "avg" else { throw fields.refusal("global_pool", "only avg is supported") }
        self.init(
            depths: kind.depths, hasBottlenecks: kind.hasBottlenecks,
            width: try fields.size("width", default: 64, limit: 65_536),
            classes: try fields.size("num_classes", default: 1000),
            imageChannels: try fields.size("in_chans", default: 3, limit: 65_536),
            stem: try fields.choice(
                "stem", [("imagenet", Stem.imageNet), ("cifar", .cifar)], default: .imageNet))
        try fields.refuseUnread()
    }

    private static let kinds: [(String, (depths: [Int], hasBottlenecks: Bool))] = [
        ("resnet18", ([2, 2, 2, 2], false)), ("resnet34", ([3, 4, 6, 3], false)),
        ("resnet50", ([3, 4, 6, 3], true)), ("resnet101", ([3, 4, 23, 3], true)),
        ("resnet152", ([3, 8, 36, 3], true)),
    ]
}
