import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Tensors
import TestSupport
import Testing

/// A small random checkpoint and what PyTorch's autograd made of it (tools/goldens/gradients.py).
struct GradientGolden {
    let folder: URL
    private let inputs, gradients: SafetensorsFile

    init(_ name: String) throws {
        folder = Fixture.url(name)
        inputs = try SafetensorsFile(folder.appending(path: "golden.safetensors").path)
        gradients = try SafetensorsFile(folder.appending(path: "gradients.safetensors").path)
    }

    func configuration() throws -> JSONValue {
        try JSONValue(file: folder.appending(path: "config.json").path)
    }

    func parameters(_ list: ParameterList) throws -> Parameters {
        Parameters(try SafetensorsCheckpoint(directory: folder), list: list)
    }

    func values(_ name: String) throws -> [Float] {
        try inputs.values(of: name, shape: inputs.shape(of: name) ?? [])
    }

    /// A recorded input in the engine's layout, in memory of its own.
    func input(_ name: String) throws -> Tensor { try Self.tensor(name, inputs) }

    var loss: Float {
        get throws { try gradients.values(of: "loss", shape: [])[0] }
    }

    /// The greatest error of an input's gradient.
    func error(_ gradient: Tensor?, ofInput name: String) throws -> Float {
        relativeError(gradient?.values ?? [], try Self.tensor("input.\(name)", gradients).values)
    }

    /// Compares the gradients of all parameters: the samples that were kept of each, and the norm of each.
    func check(_ parameters: [Parameter], _ tape: Tape) throws {
        let recorded = gradients.names.filter { $0.hasPrefix("parameter.") }
        let norms = try gradients.values(of: "norms", shape: [recorded.count])
        let expectedNorms = Dictionary(uniqueKeysWithValues: zip(recorded.sorted(), norms))
        // Where a gradient is nothing but rounding, it is small beside the others.
        let floor = 1e-4 * (norms.max() ?? 0)
        var seen: Set<String> = []
        for parameter in parameters {
            let whole = try #require(tape.gradient(of: parameter.tensor))
            for part in parameter.stored {
                let name = "parameter.\(part.name)"
                seen.insert(name)
                let gradient = parameter.values(of: part, in: whole)
                let step = (gradient.count + 47) / 48
                let samples = stride(from: 0, to: gradient.count, by: step).map { gradient[$0] }
                let expected = try gradients.values(of: name, shape: [samples.count])
                #expect(relativeError(samples, expected, floor: floor) < 5e-4, "\(name)")
                let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
                let expectedNorm = expectedNorms[name] ?? .infinity
                #expect(abs(norm - expectedNorm) <= 5e-4 * max(expectedNorm, floor), "\(name)")
            }
        }
        #expect(Set(recorded).subtracting(seen).isEmpty)
    }

    /// Images [B, C, H, W] become [B, H, W, C]; everything else stays as it is.
    private static func tensor(_ name: String, _ file: SafetensorsFile) throws -> Tensor {
        let shape = try #require(file.shape(of: name))
        let values = try file.values(of: name, shape: shape)
        guard shape.count == 4 else { return Tensor(Shape(shape[0], shape[1], shape[2]), values) }
        let planar = Tensor(Shape(shape[0], shape[1], shape[2], shape[3]), values)
        let images = planar.channelsLast(in: Workspace())
        return Tensor(images.shape, images.values)
    }
}

/// The greatest difference, relative to the greatest magnitude of `expected` or to `floor`.
func relativeError(_ actual: [Float], _ expected: [Float], floor: Float = 0) -> Float {
    guard actual.count == expected.count, actual.allSatisfy(\.isFinite) else { return .infinity }
    let difference = zip(actual, expected).map { abs($0 - $1) }.max() ?? 0
    return difference == 0 ? 0 : difference / max(expected.map(abs).max() ?? 0, floor)
}
