import Diagnostics
import Kernels
import Tensors
import Testing
import VisionModels

/// The weights with which a residual network begins.
@Suite struct InitialWeightsTests {
    private let configuration = ResNetConfiguration(
        depths: [1, 1, 1, 1], hasBottlenecks: false, width: 8, classes: 5, imageChannels: 1, stem: .cifar)

    init() throws { try prepareEngine() }

    @Test func theyFollowFromTheSeedAndTheName() throws {
        let (first, other) = (
            InitialResNetWeights(configuration, seed: 1), InitialResNetWeights(configuration, seed: 2)
        )
        let weights = try first.values(of: "layer1.0.conv1.weight", shape: [64, 32, 3, 3])
        #expect(try first.values(of: "layer1.0.conv1.weight", shape: [64, 32, 3, 3]) == weights)
        #expect(try first.values(of: "layer1.0.conv2.weight", shape: [64, 32, 3, 3]) != weights)
        #expect(try other.values(of: "layer1.0.conv1.weight", shape: [64, 32, 3, 3]) != weights)
        let square = weights.reduce(0) { $0 + $1 * $1 } / Float(weights.count)
        #expect(abs(square * 64 * 9 / 2 - 1) < 0.05)
        let head = try first.values(of: "fc.weight", shape: [5, 64])
        #expect(head.allSatisfy { abs($0) <= 0.125 } && head.contains { abs($0) > 0.1 })
    }

    /// With the last norm of every block at zero a block passes on what comes in, and the rest is as it should be.
    @Test func aNetworkBeginsAsAShallowOne() throws {
        let network = try ResNet(
            configuration, Parameters(InitialResNetWeights(configuration, seed: 3)))
        let workspace = Workspace()
        let images = Tensor(Shape(2, 8, 8, 1), (0..<128).map { Float($0 % 13) - 6 })
        var outputs: [String: [Float]] = [:]
        _ = network.logits(of: images, isLearning: false, in: workspace) { outputs[$0] = $1.values }
        #expect(outputs["layer1.0"] == outputs["bn1"])
        #expect(outputs["fc"]?.allSatisfy(\.isFinite) == true)
    }
}
