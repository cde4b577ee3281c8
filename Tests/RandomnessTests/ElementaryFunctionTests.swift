import Glibc
import Testing

@testable import Randomness

// The machine's mathematics library as the yardstick, not as the source.
func logarithm(_ x: Double) -> Double { Glibc.log(x) }
func cosine(_ x: Double) -> Double { Glibc.cos(x) }
func sine(_ x: Double) -> Double { Glibc.sin(x) }

@Suite struct ElementaryFunctionTests {
    @Test func theLogarithmIsGoodToTwoUnitsInTheLastPlace() {
        var noise = PhiloxNoise(seed: 17)
        var arguments = (0..<20_000).map { _ in noise.uniform() }.filter { $0 > 0 }
        arguments += [1, 0x1p-53, 0x1p-33, 1 - 0x1p-53, 0.5.squareRoot(), 0.5, 0.75]
        for x in arguments {
            let expected = logarithm(x)
            #expect(abs(naturalLogarithm(x) - expected) <= 2 * expected.ulp, "ln \(x)")
        }
        #expect(naturalLogarithm(1) == 0)
    }

    @Test func cosineAndSineAreGoodToRoundOff() {
        var noise = PhiloxNoise(seed: 19)
        let arguments =
            (0..<20_000).map { _ in noise.uniform() } + [0, 0.125, 0.25, 0.5, 0.75, 0.875, 1 - 0x1p-53]
        for turns in arguments {
            let (c, s) = cosineAndSine(turns: turns)
            #expect(abs(c - cosine(2 * .pi * turns)) < 1e-15, "cos of \(turns) turns")
            #expect(abs(s - sine(2 * .pi * turns)) < 1e-15, "sin of \(turns) turns")
        }
        #expect(cosineAndSine(turns: 0.25).sine == 1 && cosineAndSine(turns: 0.5).cosine == -1)
    }
}
