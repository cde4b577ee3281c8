import Diagnostics
import Randomness
import Tensors

/// The weights with which a residual network begins to learn, drawn as torchvision's `ResNet` draws them.
///
/// Convolutions are normal with a variance of 2 / (K·K·O) (He et al., "Delving deep into rectifiers", 2015, by the
/// outputs); the classifier's weights are as wide as PyTorch's `nn.Linear` has them, and its bias is zero. Norms leave
/// values as they are. A block's last norm too: a scale of zero, with which the network begins as a shallow one
/// (torchvision's `zero_init_residual`; Goyal et al., 2017, section 5.1), costs a short course on Fashion-MNIST a point.
public struct InitialResNetWeights: TensorSource {
    /// What the numbers follow from: a tensor's values from it and from the tensor's name.
    public let seed: UInt64

    /// Describes the weights of a seed.
    public init(seed: UInt64) {
        self.seed = seed
    }

    /// What stands for a file's name.
    public var source: String { "initial weights of seed \(seed)" }

    /// Every tensor is there.
    public func contains(_ name: String) -> Bool { true }

    /// The values of a tensor.
    public func values(of name: String, shape: [Int]) throws(Failure) -> [Float] {
        let count = shape.reduce(1, *)
        var noise = PhiloxNoise(seed: seed, stream: Self.stream(of: name))
        switch shape.count {
        case 4:
            let deviation = (2 / Float(shape[0] * shape[2] * shape[3])).squareRoot()
            return noise.normals(count).map { $0 * deviation }
        case 2:
            let bound = (1 / Double(shape[1])).squareRoot()
            return (0..<count).map { _ in Float((2 * noise.uniform() - 1) * bound) }
        default:
            let isOne = name.hasSuffix("running_var") || name.hasSuffix(".weight")
            return [Float](repeating: isOne ? 1 : 0, count: count)
        }
    }

    /// A stream of its own for each name: the hash FNV-1a.
    private static func stream(of name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
