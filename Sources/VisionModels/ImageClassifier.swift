import Diagnostics
import Tensors

/// Sees what a part of a network makes, under the part's name in the checkpoint.
///
/// The tensor is good during the call alone.
public typealias Observer = (_ name: String, _ output: Tensor) -> Void

/// A network that makes a value for each class of an image.
public protocol ImageClassifier: Sendable {
    /// The number of classes, K.
    var classes: Int { get }
    /// Channels of an image, and its side in pixels where the network takes but one.
    var imageChannels: Int { get }
    /// The side of the square images that the network takes; nil where it takes any.
    var imageSize: Int? { get }

    /// The logits [B, K] of channels-last images [B, H, W, I]; where the network learns, norms take the batch's own
    /// moments.
    func logits(of images: Tensor, isLearning: Bool, in workspace: Workspace, observe: Observer?) -> Tensor
}

extension ImageClassifier {
    /// The logits [B, K] of channels-last images [B, H, W, I].
    ///
    /// What an image gets depends neither on the others nor on the number of threads. Throws `badInput` where the
    /// images are not of the network's size, or where activations are not finite, by the name of the layer.
    public func logits(of images: Tensor, in workspace: Workspace) throws(Failure) -> Tensor {
        try check(images)
        let logits = logits(of: images, isLearning: false, in: workspace, observe: nil)
        guard !logits.isFinite else { return logits }
        var layer = images.isFinite ? nil : "the images"
        _ = self.logits(of: images, isLearning: false, in: workspace) { name, output in
            if layer == nil, !output.isFinite { layer = "layer '\(name)'" }
        }
        throw Failure(
            .badInput, "the activations of \(layer ?? "the last layer") are NaN or infinite",
            hint: "The weights or the images are damaged; use others.")
    }

    /// The logits [B, K] of channels-last images [B, H, W, I] while the network learns.
    ///
    /// Norms over a batch take its own moments and move the running ones. Throws `badInput` where the images are not of
    /// the network's size.
    public func learningLogits(of images: Tensor, in workspace: Workspace) throws(Failure) -> Tensor {
        try check(images)
        return logits(of: images, isLearning: true, in: workspace, observe: nil)
    }

    private func check(_ images: Tensor) throws(Failure) {
        let shape = images.shape
        let isRight =
            shape.rank == 4 && shape.batch > 0 && shape.channels == imageChannels
            && (imageSize.map { shape[1] == $0 && shape[2] == $0 } ?? (shape[1] > 0 && shape[2] > 0))
        guard isRight else {
            let side = imageSize.map { "\($0) × \($0)" } ?? "any number of"
            throw Failure(
                .badInput,
                "images of shape \(shape), where the network takes \(side) pixels of \(imageChannels) channels",
                hint: "Resize the images to the model's size, channels last.")
        }
    }
}
