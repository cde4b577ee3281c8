import Diagnostics
import Kernels
import Tensors
import Testing
import VisionModels

/// The weights with which a residual network begins.
@Suite struct InitialWeightsTests {
    init() throws { try prepareEngine() }

    @Test func theyFollowFromTheSeedAndTheName() throws {
        let (first, other) = (InitialResNetWeights(seed: 1), InitialResNetWeights(seed: 2))
        let weights = try first.values(of: "layer1.0.conv1.weight", shape: [64, 32, 3, 3])
        #expect(try first.values(of: "layer1.0.conv1.weight", shape: [64, 32, 3, 3]) == weights)
        #expect(try first.values(of: "layer1.0.conv2.weight", shape: [64, 32, 3, 3]) != weights)
        #expect(try other.values(of: "layer1.0.conv1.weight", shape: [64, 32, 3, 3]) != weights)
        let square = weights.reduce(0) { $0 + $1 * $1 } / Float(weights.count)
        #expect(abs(square * 64 * 9 / 2 - 1) < 0.05)
        let head = try first.values(of: "fc.weight", shape: [5, 64])
        #expect(head.allSatisfy { abs($0) <= 0.125 } && head.contains { abs($0) > 0.1 })
    }

    /// Every norm begins by leaving values as they are, a block's last one too.
    @Test func aNormBeginsByLeavingValuesAsTheyAre() throws {
        let weights = InitialResNetWeights(seed: 3)
        for norm in ["bn1", "layer1.0.bn2", "layer2.0.bn3", "layer2.0.downsample.1"] {
            for (name, value) in [("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1)]
                as [(_, Float)]
            {
                let values = try weights.values(of: "\(norm).\(name)", shape: [8])
                #expect(values == Array(repeating: value, count: 8))
            }
        }
        #expect(try weights.values(of: "fc.bias", shape: [5]) == [0, 0, 0, 0, 0])
    }

    @Test func aNetworkBeginsWithFiniteLogits() throws {
        let configuration = ResNetConfiguration(
            depths: [1, 1, 1, 1], hasBottlenecks: false, width: 8, classes: 5, imageChannels: 1, stem: .cifar)
        let network = try ResNet(configuration, Parameters(InitialResNetWeights(seed: 3)))
        let images = Tensor(Shape(2, 8, 8, 1), (0..<128).map { Float($0 % 13) - 6 })
        let logits = network.logits(of: images, isLearning: false, in: Workspace()) { _, _ in }.values
        #expect(logits.count == 10 && logits.allSatisfy(\.isFinite))
    }
}
