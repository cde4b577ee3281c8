import Checkpoints
import Diagnostics
import Tensors

/// What a network learns from, as it was recorded: under each name the data of S steps, [S, …].
struct RecordedData {
    private let tensors: [String: (values: [Float], shape: [Int])]

    init(_ path: String) throws(Failure) {
        let file = try SafetensorsFile(path)
        var tensors: [String: (values: [Float], shape: [Int])] = [:]
        for name in file.names {
            let shape = file.shape(of: name) ?? []
            tensors[name] = (try file.values(of: name, shape: shape), shape)
        }
        self.tensors = tensors
    }

    /// All that was recorded under a name, a tensor of `rank` dimensions.
    func all(_ name: String, rank: Int) throws(Failure) -> (values: [Float], shape: [Int]) {
        guard let tensor = tensors[name], tensor.shape.count == rank else {
            throw Failure(
                .badInput, "the data have no '\(name)' of \(rank) dimensions",
                hint: "Record them with tools/learning.")
        }
        return tensor
    }

    /// The number of steps for which there is a tensor, S; at least 1.
    func steps(of name: String) throws(Failure) -> Int {
        guard let steps = tensors[name]?.shape.first, steps > 0 else {
            throw Failure(
                .badInput, "the data have no step of '\(name)'", hint: "Record them with tools/learning.")
        }
        return steps
    }

    /// What was recorded for a step, of `rank` dimensions, and its shape.
    func step(_ step: Int, of name: String, rank: Int) throws(Failure) -> (values: [Float], shape: [Int]) {
        let (values, shape) = try all(name, rank: rank + 1)
        guard step < shape[0] else {
            throw Failure(
                .badInput, "the data end before step \(step) of '\(name)'",
                hint: "Record as many steps of everything, with tools/learning.")
        }
        let size = shape.dropFirst().reduce(1, *)
        return (Array(values[step * size..<(step + 1) * size]), Array(shape.dropFirst()))
    }

    /// The images [B, H, W, C] of a step, recorded as [S, B, C, H, W].
    func images(_ step: Int, of name: String, in workspace: Workspace) throws(Failure) -> Tensor {
        let (values, shape) = try self.step(step, of: name, rank: 4)
        return workspace.tensor(Shape(shape[0], shape[1], shape[2], shape[3]), values)
            .channelsLast(in: workspace)
    }
}
