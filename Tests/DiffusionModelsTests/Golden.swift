import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Tensors

@testable import DiffusionModels

/// A committed model folder: its configuration, its weights and the tensors that the reference made.
struct Golden {
    let folder: URL
    let tensors: SafetensorsFile

    init(_ name: String) throws(Failure) {
        folder = URL(filePath: Fixture.path(name))
        tensors = try SafetensorsFile(folder.appending(path: "golden.safetensors").path)
    }

    func configuration(_ file: String = "config.json") throws(Failure) -> JSONValue {
        try JSONValue(parsing: Fixture.bytes("\(folder.path)/\(file)"), source: file)
    }

    var parameters: Parameters {
        get throws(Failure) { Parameters(try SafetensorsCheckpoint(directory: folder)) }
    }

    func values(_ name: String) throws(Failure) -> [Float] {
        try tensors.values(of: name, shape: tensors.shape(of: name) ?? [])
    }

    /// A recorded tensor in the engine's layout: images [B, C, H, W] become [B, H, W, C].
    func tensor(_ name: String) throws(Failure) -> Tensor {
        let stored = try values(name)
        let shape = tensors.shape(of: name) ?? []
        switch shape.count {
        case 4:
            let planar = Tensor(Shape(shape[0], shape[1], shape[2], shape[3]), stored)
            return Tensor(
                Shape(shape[0], shape[2], shape[3], shape[1]), planar.channelsLast(in: Workspace()).values)
        case 3: return Tensor(Shape(shape[0], shape[1], shape[2]), stored)
        default: return Tensor(Shape(shape[0], stored.count / shape[0]), stored)
        }
    }
}

/// The largest relative error of every recorded intermediate that the network shows.
final class Comparison {
    private(set) var errors: [String: Float] = [:]
    private let golden: Golden

    init(_ golden: Golden) { self.golden = golden }

    func callAsFunction(_ name: String, _ output: Tensor) {
        guard golden.tensors.contains(name) else { return }
        do {
            errors[name] = relativeError(output.values, try golden.tensor(name).values)
        } catch {
            errors[name] = .infinity
        }
    }

    var largest: (name: String, error: Float) {
        errors.max { $0.value < $1.value }.map { ($0.key, $0.value) } ?? ("nothing", .infinity)
    }
}
