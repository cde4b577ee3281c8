import CVectors
import Testing

@testable import Kernels

struct RowProductTests {
    private func values(_ count: Int, _ salt: Int) -> [Float] {
        (0..<count).map { Float(($0 &* 7919 &+ salt) % 1009) / 1009 - 0.5 }
    }

    /// Every vector unit, and any number of neighbours, give a row the same bits.
    @Test(arguments: [(1, 16), (5, 33), (17, 130), (64, 250), (40, 7)])
    func bitsOfARowAreItsOwn(inputs: Int, outputs: Int) {
        let rows = 7
        let x = values(rows * inputs, 3)
        let weight = values(inputs * outputs, 11)
        func product(_ range: Range<Int>, _ vectors: figment_vectors, isTable: Bool) -> [Float] {
            var y = values(range.count * outputs, range.lowerBound * outputs * 7919)
            x.withUnsafeBufferPointer { x in
                guard let x = x.baseAddress else { return }
                let start = x + range.lowerBound * inputs
                if isTable {
                    addTableProduct(
                        start, table: weight, into: &y, rows: range.count, inputs: inputs, outputs: outputs,
                        vectors: vectors)
                } else {
                    addRowProduct(
                        start, stride: inputs, weight: weight, weightStride: outputs, into: &y,
                        outStride: outputs, rows: range.count, inputs: inputs, outputs: outputs,
                        vectors: vectors)
                }
            }
            return y
        }
        for isTable in [false, true] {
            let together = product(0..<rows, widestVectors, isTable: isTable)
            for vectors in CPUFeatures().vectorsToTry {
                let again = product(0..<rows, vectors, isTable: isTable)
                #expect(again.map(\.bitPattern) == together.map(\.bitPattern))
            }
            for row in 0..<rows {
                let alone = product(row..<row + 1, widestVectors, isTable: isTable)
                #expect(alone == Array(together[row * outputs..<(row + 1) * outputs]))
                for output in 0..<outputs {
                    let exact = (0..<inputs).reduce(0.0) { sum, input in
                        let place = isTable ? output * inputs + input : input * outputs + output
                        return sum + Double(x[row * inputs + input]) * Double(weight[place])
                    }
                    let before = Double(values(outputs, row * outputs * 7919)[output])
                    #expect(abs(Double(alone[output]) - before - exact) < 1e-5)
                }
            }
        }
    }
}

extension CPUFeatures {
    /// Every way of computing that this processor can run.
    var vectorsToTry: [figment_vectors] { VectorInstructions.allCases.filter(has).map(\.vectors) }
}
