import Diagnostics
import JSONValues
import Layers
import Tensors

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
