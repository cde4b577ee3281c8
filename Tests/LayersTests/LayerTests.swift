import Diagnostics
import Kernels
import Tensors
import Testing

@testable import Layers

/// Each layer reads PyTorch's layouts and does what its definition says; networks of them have goldens of their own.
@Suite struct LayerTests {
    let workspace = Workspace()
    let parameters = Parameters(MadeUpTensors())

    private func values(_ name: String, _ shape: [Int]) throws -> [Float] {
        try parameters.values(name, shape)
    }

    @Test(arguments: [true, false])
    func linearMapsTheLastDimension(hasBias: Bool) throws {
        let layer = try Linear(parameters, inputs: 5, outputs: 3, bias: hasBias)
        let x = Tensor(Shape(2, 4, 5), noise(40, seed: 1))
        let expected = mapByDefinition(
            x.values, weight: try values("weight", [3, 5]), bias: hasBias ? try values("bias", [3]) : nil,
            inputs: 5, outputs: 3)
        let y = layer(x, in: workspace)
        #expect(y.shape == Shape(2, 4, 3))
        #expect(relativeError(y.values, expected) < 1e-6)
        let joined = layer(x, adding: y, in: workspace)
        #expect(relativeError(joined.values, expected.map { 2 * $0 }) < 1e-6)
    }

    @Test func convolutionReadsTheChannelsFirstWeights() throws {
        let layer = try Conv2D(parameters, inputs: 2, outputs: 3, kernel: 3, padding: .init(1))
        let weight = try values("weight", [3, 2, 3, 3])
        let bias = try values("bias", [3])
        // A single bright pixel shows the kernel, mirrored.
        let x = Tensor(Shape(1, 3, 3, 2))
        x.set((0..<18).map { $0 == 4 * 2 + 1 ? 1 : 0 })
        let y = layer(x, in: workspace).values
        for row in 0..<3 {
            for column in 0..<3 {
                for output in 0..<3 {
                    let place = ((output * 2 + 1) * 3 + (2 - row)) * 3 + (2 - column)
                    let value = y[(row * 3 + column) * 3 + output]
                    #expect(abs(value - weight[place] - bias[output]) < 1e-6)
                }
            }
        }
    }

    @Test func stridesAndPaddingMakeTheSizes() throws {
        let down = try Conv2D(
            parameters, inputs: 2, outputs: 4, kernel: 3, stride: 2,
            padding: .init(top: 0, left: 0, bottom: 1, right: 1), bias: false)
        #expect(down(Tensor(Shape(2, 8, 6, 2)), in: workspace).shape == Shape(2, 4, 3, 4))
    }

    @Test func normsReadScaleAndShift() throws {
        let scale = try values("weight", [4])
        let shift = try values("bias", [4])
        let constant = Tensor(Shape(1, 2, 3, 4), repeating: 5)
        let groups = try GroupNorm(parameters, channels: 4, groups: 2, epsilon: 1e-6)
        #expect(
            relativeError(groups(constant, in: workspace)[0..<1].values, (0..<6).flatMap { _ in shift })
                < 1e-6)
        let layer = try LayerNorm(parameters, channels: 4)
        let row = layer(Tensor(Shape(1, 4), [-1, 1, -1, 1]), in: workspace).values
        #expect(
            relativeError(row, zip(scale, shift).enumerated().map { $0 % 2 == 0 ? $1.1 - $1.0 : $1.0 + $1.1 })
                < 1e-4)
        #expect(throws: Failure.self) { try GroupNorm(parameters, channels: 6, groups: 4, epsilon: 1e-6) }
        #expect(throws: Failure.self) { try GroupNorm(parameters, channels: 6, groups: 0, epsilon: 1e-6) }
    }

    @Test func embeddingLooksUpRows() throws {
        let table = try values("weight", [6, 3])
        let layer = try Embedding(parameters, count: 6, channels: 3)
        let rows = layer([5, 0, 2, 2], batch: 2, in: workspace)
        #expect(rows.shape == Shape(2, 2, 3))
        #expect(rows.values == Array(table[15..<18] + table[0..<3] + table[6..<9] + table[6..<9]))
    }

    @Test func attentionToAContextOfTheTokensIsSelfAttention() throws {
        let own = try MultiHeadAttention(
            parameters, channels: 6, heads: 2, headWidth: 5, names: .diffusers, inputBias: false)
        let cross = try MultiHeadAttention(
            parameters, channels: 6, contextChannels: 6, heads: 2, headWidth: 5, names: .diffusers,
            inputBias: false)
        let x = Tensor(Shape(2, 7, 6), noise(84, seed: 3))
        let y = own(x, in: workspace)
        #expect(y.shape == x.shape)
        #expect(relativeError(cross(x, context: x, in: workspace).values, y.values) < 1e-5)
        let one = x[1..<2]
        #expect(
            cross(one, context: one, in: workspace).values
                == cross(x, context: x, in: workspace)[1..<2].values)
        #expect(relativeError(own(x, adding: y, in: workspace).values, y.values.map { 2 * $0 }) < 1e-5)
    }

    @Test func attentionToOneTokenReturnsItsValue() throws {
        let layer = try MultiHeadAttention(
            parameters, channels: 4, contextChannels: 3, heads: 2, headWidth: 2, names: .clip, inputBias: true
        )
        let context = Tensor(Shape(1, 1, 3), [1, -1, 2])
        let value = mapByDefinition(
            context.values, weight: try values("v_proj.weight", [4, 3]), bias: try values("v_proj.bias", [4]),
            inputs: 3, outputs: 4)
        let expected = mapByDefinition(
            value, weight: try values("out_proj.weight", [4, 4]), bias: try values("out_proj.bias", [4]),
            inputs: 4, outputs: 4)
        let y = layer(Tensor(Shape(1, 3, 4), noise(12, seed: 5)), context: context, in: workspace)
        #expect(relativeError(y.values, (0..<3).flatMap { _ in expected }) < 1e-6)
    }

    @Test func causalTokensDoNotSeeTheFuture() throws {
        let layer = try MultiHeadAttention(
            parameters, channels: 6, heads: 3, headWidth: 2, names: .clip, inputBias: true)
        var x = noise(30, seed: 4)
        let before = layer(Tensor(Shape(1, 5, 6), x), isCausal: true, in: workspace).values
        x[29] += 1
        let after = layer(Tensor(Shape(1, 5, 6), x), isCausal: true, in: workspace).values
        #expect(before[0..<24] == after[0..<24])
        #expect(before[24..<30] != after[24..<30])
    }

    @Test func feedForwardAppliesItsMiddle() throws {
        let x = noise(6, seed: 6)
        let wide = mapByDefinition(
            x, weight: try values("net.0.proj.weight", [8, 3]), bias: try values("net.0.proj.bias", [8]),
            inputs: 3, outputs: 8)
        let gate = Tensor(Shape(2, 8), wide).activated(.gelu, in: workspace).values
        let gated = (0..<8).map { place -> Float in
            let start = place / 4 * 8 + place % 4
            return wide[start] * gate[start + 4]
        }
        let expected = mapByDefinition(
            gated, weight: try values("net.2.weight", [3, 4]), bias: try values("net.2.bias", [3]), inputs: 4,
            outputs: 3)
        let layer = try FeedForward(
            parameters, channels: 3, inner: 4, middle: .gatedByGELU, names: .diffusers)
        #expect(relativeError(layer(Tensor(Shape(2, 3), x), in: workspace).values, expected) < 1e-5)

        let plain = try FeedForward(
            parameters, channels: 3, inner: 8, middle: .activation(.quickGELU), names: .diffusers)
        let bent = Tensor(Shape(2, 8), wide).activated(.quickGELU, in: workspace).values
        let plainExpected = mapByDefinition(
            bent, weight: try values("net.2.weight", [3, 8]), bias: try values("net.2.bias", [3]), inputs: 8,
            outputs: 3)
        #expect(relativeError(plain(Tensor(Shape(2, 3), x), in: workspace).values, plainExpected) < 1e-5)
    }

    @Test func sinusoidsAreDiffusers() {
        // diffusers' get_timestep_embedding([999, 3], 5, flip_sin_to_cos, downscale_freq_shift)
        let plain = TimestepSinusoids(channels: 5, cosinesFirst: false, shift: 1)
        #expect(
            relativeError(
                plain([999, 3], in: workspace).values,
                [
                    -0.02646075, 0.09973391, 0.99964982, 0.99501413, 0, 0.14112, 0.0003, -0.9899925,
                    0.99999994, 0,
                ]) < 1e-6)
        let flipped = TimestepSinusoids(channels: 4, cosinesFirst: true, shift: 0)
        #expect(
            relativeError(
                flipped([999], in: workspace).values, [0.99964982, -0.84446979, -0.02646075, -0.53560317])
                < 1e-6)
    }

    @Test func aMissingTensorIsNamed() {
        let incomplete = Parameters(MadeUpTensors(missing: ["block.to_out.0.bias"])).scoped("block")
        let failure = #expect(throws: Failure.self) {
            try MultiHeadAttention(
                incomplete, channels: 4, heads: 1, headWidth: 4, names: .diffusers, inputBias: false)
        }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("block.to_out.0.bias") == true)
    }
}
