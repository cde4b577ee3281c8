import Checkpoints
import Diagnostics
import Tensors

extension Trainer {
    /// Writes all that the training goes on from: parameters, the optimizer's memory, running means, the place in the
    /// schedule and in the random numbers.
    ///
    /// The file is safetensors; it appears whole or not at all. Throws as `SafetensorsFile.write` does.
    public func save(to path: String) throws(Failure) {
        let tensors = state.map { entry in
            TensorToStore(entry.name, entry.shape) { entry.read() }
        }
        var metadata = identity
        metadata["step"] = String(step)
        try SafetensorsFile.write(tensors, metadata: metadata, to: path)
    }

    /// Goes on from what `save` wrote, for a training of the same parameters, settings and seed.
    ///
    /// Throws `missingResource` or `io` where the file cannot be read, and `badInput` where it is not of such a
    /// training; nothing has changed then.
    public func restore(from path: String) throws(Failure) {
        let file = try SafetensorsFile(path)
        for (key, value) in identity where file.metadata[key] != value {
            throw Failure(
                .badInput,
                "\(path) is no state of this training: its '\(key)' is \(file.metadata[key] ?? "missing"), not \(value)",
                hint: "Go on with the options that the training began with.")
        }
        guard let step = file.metadata["step"].flatMap({ Int($0) }), step >= 0 else {
            throw Failure(
                .badInput, "\(path) does not say at which step the training was",
                hint: "Go on from another state, or begin anew.")
        }
        let state = state
        let values = try state.map { entry throws(Failure) in
            let values = try file.values(of: entry.name, shape: entry.shape)
            guard values.allSatisfy(\.isFinite) else {
                throw Failure(
                    .badInput, "\(path): not all values of '\(entry.name)' are finite numbers",
                    hint: "Go on from another state, or begin anew.")
            }
            return values
        }
        for (entry, values) in zip(state, values) { entry.write(values) }
        self.step = step
    }

    /// What must be the same for the training to go on.
    private var identity: [String: String] {
        let groups = optimizer.groups.map {
            "\($0.parameters.count) of rate \($0.rateFactor), decay \($0.decay)"
        }
        return [
            "figment": "training-1", "optimizer": "\(optimizer.method)", "schedule": "\(schedule)",
            "groups": groups.joined(separator: "; "), "greatest norm": greatestNorm.map { "\($0)" } ?? "none",
            "average": average.map { "\($0.decay)\($0.warmsUp ? ", warming up" : "")" } ?? "none",
            "seed": String(seed),
        ]
    }

    /// A tensor of the state: its name and shape in the file, and how it is read and written here.
    private struct Entry {
        let name: String
        let shape: [Int]
        let read: () -> [Float]
        let write: ([Float]) -> Void
    }

    private var state: [Entry] {
        var entries: [Entry] = []
        for parameter in optimizer.parameters {
            let memory = optimizer.memory(of: parameter)
            for part in parameter.stored {
                entries.append(entry("parameter", parameter, part))
                for (name, values) in zip(optimizer.method.runningValues, memory.values) {
                    entries.append(entry(name, parameter, part, in: values))
                }
                entries.append(
                    Entry(
                        name: "steps.\(part.name)", shape: [1], read: { [Float(memory.steps)] },
                        write: { memory.steps = Int(min(max($0[0], 0), 0x1p24)) }))
            }
        }
        for (parameter, values) in average?.means ?? [] {
            for part in parameter.stored { entries.append(entry("average", parameter, part, in: values)) }
        }
        for parameter in statistics {
            for part in parameter.stored { entries.append(entry("statistic", parameter, part)) }
        }
        return entries
    }

    /// A part of a parameter, or of a tensor that is laid out as it is.
    private func entry(
        _ kind: String, _ parameter: Parameter, _ part: Parameter.StoredPart, in other: Tensor? = nil
    ) -> Entry {
        Entry(
            name: "\(kind).\(part.name)", shape: part.shape,
            read: { parameter.values(of: part, in: other) },
            write: { values in
                if let other {
                    parameter.put(values, of: part, into: other)
                } else {
                    parameter.update { parameter.put(values, of: part, into: $0) }
                }
            })
    }
}
