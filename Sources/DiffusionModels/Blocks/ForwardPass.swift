import Tensors

/// Sees what a part of a network makes, under the part's name in the checkpoint.
///
/// The tensor is good during the call alone.
public typealias Observer = (_ name: String, _ output: Tensor) -> Void

/// What every block of one forward pass is given besides its input.
struct ForwardPass {
    /// Where blocks make their tensors.
    let workspace: Workspace
    /// The embedded timesteps, already activated, [B, C]; nil in networks without.
    var time: Tensor?
    /// For each attention to the text, in the network's order, its keys and values, [B, T, 2C].
    var text: [Tensor] = []
    /// Sees the output of every block.
    var observer: Observer?
    /// Whether what lies within a block is not kept for the gradients but computed again for them.
    var isCheckpointed = false

    /// Runs such a block on images that nobody reads afterwards.
    func block(over x: Tensor, _ body: @escaping (Tensor, ForwardPass) -> Tensor) -> Tensor {
        workspace.replacing(x) { x in block([x]) { body($0[0], $1) } }
    }

    /// Runs one of the blocks that the network's memory is cut into.
    func block(_ inputs: [Tensor], _ body: @escaping ([Tensor], ForwardPass) -> Tensor) -> Tensor {
        guard isCheckpointed else { return workspace.scope { body(inputs, self) } }
        var pass = self
        return workspace.checkpointed(inputs + text) { inputs in
            // What is computed again is not seen again.
            defer { pass.observer = nil }
            return body(inputs, pass)
        }
    }
}
