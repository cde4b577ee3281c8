import Kernels
import Testing

@testable import Tensors

@Suite struct TensorTests {
    @Test func shapesCountBlocksRowsAndChannels() {
        let images = Shape(2, 3, 4, 5)
        #expect((images.count, images.batch, images.rows, images.channels) == (120, 2, 12, 5))
        #expect((Shape(2, 7).rows, Shape(2, 6, 7).rows, Shape(9).channels) == (1, 6, 9))
        #expect(images.with(channels: 1) == Shape(2, 3, 4, 1))
        #expect(images.description == "[2, 3, 4, 5]")
        #expect(Shape(2, 1) != Shape(2))
    }

    @Test func partsAndReshapingsShareMemory() {
        let tensor = Tensor(Shape(3, 2), [1, 2, 3, 4, 5, 6])
        tensor[1..<3].reshaped(Shape(4)).set([7, 8, 9, 10])
        #expect(tensor.values == [1, 2, 7, 8, 9, 10])
        #expect(tensor[0..<0].values.isEmpty)
    }

    @Test func arithmeticFollowsTheShapes() {
        let workspace = Workspace()
        let x = Tensor(Shape(2, 2, 3), (1...12).map(Float.init))
        #expect(x.adding(x, in: workspace).values == (1...12).map { Float(2 * $0) })
        #expect(x.scaled(by: 2, plus: -1, in: workspace).values == (1...12).map { Float(2 * $0 - 1) })
        let shifted = x.addingToRows(
            Tensor(Shape(2, 3), [100, 200, 300, 400, 500, 600]), in: workspace)
        #expect(shifted.values == [101, 202, 303, 104, 205, 306, 407, 508, 609, 410, 511, 612])
        #expect(Tensor(Shape(1), [0]).activated(.gelu, in: workspace).values == [0])
    }

    /// As in PyTorch: a NaN is its window's maximum, and a window of nothing but -∞ has its first pixel's.
    @Test func windowsWithoutAFiniteMaximumHaveAPlaceOfTheirOwn() {
        let workspace = Workspace()
        let tape = Tape()
        let infinity = Float.infinity
        let x = Tensor(
            Shape(1, 2, 6, 1), [3, 3, -infinity, -infinity, 1, .nan, 1, 1, -infinity, -infinity, 2, 4])
        tape.watch(x)
        workspace.tape = tape
        let pooled = x.pooledByMaximum(kernel: 2, stride: 2, padding: 0, in: workspace)
        #expect(pooled.values[..<2] == [3, -infinity] && pooled.values[2].isNaN)
        tape.differentiate(pooled)
        #expect(tape.gradient(of: x)?.values == [1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    }

    @Test func imagesChangeLayoutAndBack() {
        let workspace = Workspace()
        let planar = Tensor(Shape(1, 2, 1, 3), [1, 2, 3, 10, 20, 30])
        let image = planar.channelsLast(in: workspace)
        #expect(image.shape == Shape(1, 1, 3, 2))
        #expect(image.values == [1, 10, 2, 20, 3, 30])
        #expect(image.planar(in: workspace).values == planar.values)
        let wide = image.concatenated(channelsOf: Tensor(Shape(1, 1, 3, 1), [7, 8, 9]), in: workspace)
        #expect(wide.values == [1, 10, 7, 2, 20, 8, 3, 30, 9])
        let large = image.upsampledNearest(in: workspace)
        #expect(large.shape == Shape(1, 2, 6, 2))
        #expect(large.values[0..<12] == [1, 10, 1, 10, 2, 20, 2, 20, 3, 30, 3, 30])
    }

    @Test func parametersKnowTheirFullNames() throws {
        struct Ones: TensorSource {
            let source = "ones"
            func contains(_ name: String) -> Bool { name == "a.b.weight" }
            func values(of name: String, shape: [Int]) -> [Float] {
                [Float(name.count)] + shape.map(Float.init)
            }
        }
        let part = Parameters(Ones()).scoped("a").scoped("b")
        #expect(part.path("weight") == "a.b.weight")
        #expect(part.contains("weight") && !part.contains("bias"))
        #expect(try part.values("weight", [2, 3]) == [10, 2, 3])
        #expect(Parameters(Ones()).path("weight") == "weight")
    }
}
