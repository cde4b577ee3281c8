import Diagnostics
import Tensors

/// A checkpoint that calls the tensors of attentions as diffusers did before version 0.15.
struct RenamedTensors: TensorSource {
    let tensors: any TensorSource
    var source: String { tensors.source }

    private static let old = ["query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"]

    private func current(_ name: String) -> String {
        var parts = name.split(separator: ".").map(String.init)
        guard parts.count > 1, let new = Self.old[parts[parts.count - 2]] else { return name }
        parts[parts.count - 2] = new
        return parts.joined(separator: ".")
    }

    func contains(_ name: String) -> Bool { !name.contains(".to_") && tensors.contains(current(name)) }

    func values(of name: String, shape: [Int]) throws(Failure) -> [Float] {
        guard contains(name) else { throw Failure(.badInput, "no tensor \(name)") }
        return try tensors.values(of: current(name), shape: shape)
    }
}

/// A checkpoint from which a tensor is missing.
struct LackingTensors: TensorSource {
    let tensors: any TensorSource
    let missing: String
    var source: String { tensors.source }

    func contains(_ name: String) -> Bool { name != missing && tensors.contains(name) }

    func values(of name: String, shape: [Int]) throws(Failure) -> [Float] {
        try tensors.values(of: name == missing ? "\(name) (missing)" : name, shape: shape)
    }
}

extension Parameters {
    func without(_ name: String) -> LackingTensors { LackingTensors(tensors: tensors, missing: name) }
}

/// A checkpoint of every tensor that is asked for, of small numbers that follow from its size.
struct InventedTensors: TensorSource {
    var source: String { "invented weights" }

    func contains(_ name: String) -> Bool { true }

    func values(of name: String, shape: [Int]) -> [Float] {
        let count = shape.reduce(1, *)
        let spread = (Float(count) / Float(shape[0])).squareRoot() * 0x1p31
        var state = UInt32(truncatingIfNeeded: count)
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(Int32(bitPattern: state)) / spread
        }
    }
}
