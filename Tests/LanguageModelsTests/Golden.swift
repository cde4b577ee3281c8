import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

/// A small random checkpoint and what transformers computed with it (tools/goldens/language_models.py).
struct Golden {
    let folder: URL
    private let recorded: SafetensorsCheckpoint

    init(_ name: String) throws {
        folder = Fixture.url("LanguageModels").appending(path: name)
        recorded = try SafetensorsCheckpoint(file: folder.appending(path: "golden.safetensors").path)
    }

    var names: [String] { recorded.names }

    func tensor(_ name: String) throws -> (values: [Float], shape: [Int]) {
        let shape = try #require(recorded.shape(of: name), "\(name) is recorded")
        return (try recorded.values(of: name, shape: shape), shape)
    }

    /// Rows of whole numbers.
    func rows(_ name: String) throws -> [[Int]] {
        let (values, shape) = try tensor(name)
        return stride(from: 0, to: values.count, by: shape[1]).map { start in
            values[start..<start + shape[1]].map { Int($0) }
        }
    }

    /// The stretches that a mask's rows mark.
    func visible(_ name: String) throws -> [Range<Int>] {
        try rows(name).map { row in
            let first = try #require(row.firstIndex(of: 1))
            return first..<first + row.reduce(0, +)
        }
    }

    /// The greatest difference from a recorded tensor, relative to its greatest magnitude.
    func error(_ actual: [Float], _ name: String) throws -> Float {
        Self.error(actual, try tensor(name).values)
    }

    static func error(_ actual: [Float], _ expected: [Float]) -> Float {
        guard actual.count == expected.count, actual.allSatisfy(\.isFinite) else { return .infinity }
        return (zip(actual, expected).map { abs($0 - $1) }.max() ?? 0) / (expected.map(abs).max() ?? 1)
    }

    /// Holds every recorded gradient against the tape's.
    func checkGradients(_ parameters: [Parameter], _ tape: Tape) throws {
        var missing = Set(names.filter { $0.hasPrefix("gradient.") }.map { String($0.dropFirst(9)) })
        for parameter in parameters {
            let gradient = try #require(tape.gradient(of: parameter.tensor))
            let shadow = Parameter(sharing: parameter, gradient)
            for part in parameter.stored {
                #expect(try error(shadow.values(of: part), "gradient.\(part.name)") < 1e-4, "\(part.name)")
                missing.remove(part.name)
            }
        }
        #expect(missing.isEmpty)
    }
}

/// Intermediate results by name, as a network reported them.
final class Report {
    private(set) var tensors: [String: [Float]] = [:]

    func note(_ name: String, _ tensor: Tensor) { tensors[name] = tensor.values }
}
