import Diagnostics
import Foundation
import JSONValues
import Layers
import Tensors

/// The fields of the `config.json` in a model's folder.
///
/// Throws `missingResource` where there is none, `badInput` where it is no JSON object.
func configurationFields(in directory: URL) throws(Failure) -> JSONFields {
    let path = directory.appending(path: "config.json").path
    return try JSONFields(JSONValue(file: path), source: path)
}

extension JSONFields {
    /// Refuses a model of another family than those whose `model_type` is named; an early file may have none.
    func check(modelTypes known: [String]) throws(Failure) {
        guard let type = value("model_type")?.string, !known.contains(type) else { return }
        throw Failure(
            .badInput,
            "\(source): 'model_type' is '\(type)', where \(known.joined(separator: " or ")) is needed",
            hint: "Give the folder of such a model.")
    }
}

extension JSONFields {
    /// Whether the model was saved as one whose features are projected.
    var namesProjection: Bool {
        (value("architectures")?.array ?? []).contains { $0.string?.hasSuffix("WithProjection") == true }
    }
}

extension Parameters {
    /// The part under `prefix`, or the whole where that has the marker: transformers 5 drops a lone network's prefix.
    func network(_ prefix: String, marker: String) -> Parameters {
        let whole = contains(marker) && !scoped(prefix).contains(marker)
        return whole ? self : scoped(prefix)
    }

    /// The projection under `name`, nil where the checkpoint has none and needs none.
    func projection(_ name: String, inputs: Int, outputs: Int, isNeeded: Bool) throws(Failure) -> Linear? {
        let part = scoped(name)
        guard isNeeded || part.contains("weight") else { return nil }
        return try Linear(part, inputs: inputs, outputs: outputs, bias: false)
    }
}
