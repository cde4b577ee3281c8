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
}
