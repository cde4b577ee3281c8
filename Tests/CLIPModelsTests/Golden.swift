import Checkpoints
import Foundation
import Tensors
import TestSupport

/// A small random checkpoint and what transformers computed with it (tools/goldens/clip.py).
struct Golden {
    let folder: URL
    private let recorded: SafetensorsCheckpoint

    init(_ name: String) throws {
        folder = Fixture.url("CLIP").appending(path: name)
        recorded = try SafetensorsCheckpoint(file: folder.appending(path: "golden.safetensors").path)
    }

    /// A recorded tensor's values and shape.
    func tensor(_ name: String) throws -> (values: [Float], shape: [Int]) {
        let shape = recorded.shape(of: name) ?? []
        return (try recorded.values(of: name, shape: shape), shape)
    }

    /// The recorded names that begin with `prefix`, without it.
    func names(_ prefix: String) -> Set<String> {
        Set(recorded.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
    }

    /// The recorded texts.
    func tokens() throws -> [[Int]] {
        let (values, shape) = try tensor("tokens")
        return stride(from: 0, to: values.count, by: shape[1]).map { start in
            values[start..<start + shape[1]].map { Int($0) }
        }
    }

    /// The recorded pixels, channels last: [B, H, W, 3].
    func pixels(in workspace: Workspace) throws -> Tensor {
        let (values, shape) = try tensor("pixels")
        return Tensor(Shape(shape[0], shape[1], shape[2], shape[3]), values).channelsLast(in: workspace)
    }

    /// The greatest difference from a recorded tensor, relative to its greatest magnitude.
    func error(_ actual: [Float], _ name: String) throws -> Float {
        let expected = try tensor(name).values
        guard actual.count == expected.count, actual.allSatisfy(\.isFinite) else { return .infinity }
        return (zip(actual, expected).map { abs($0 - $1) }.max() ?? 0) / (expected.map(abs).max() ?? 1)
    }
}

/// Intermediate results by name, as a network reported them.
final class Report {
    private(set) var tensors: [String: [Float]] = [:]

    func note(_ name: String, _ tensor: Tensor) { tensors[name] = tensor.values }
}
