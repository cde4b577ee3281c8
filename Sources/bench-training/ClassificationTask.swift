import Diagnostics
import Foundation
import Tensors
import VisionModels

/// Classes that are to be told of images: the data are `images` [S, B, C, H, W] and `labels` [S, B].
struct ClassificationTask<Network: ImageClassifier>: TrainingTask {
    let steps: Int
    let learnt: [Parameter]
    let statistics: [Parameter]
    private let network: Network
    private let data: RecordedData

    init(
        _ folder: URL, _ data: RecordedData, _ read: (URL, ParameterList) throws(Failure) -> Network
    ) throws(Failure) {
        let list = ParameterList()
        network = try read(folder, list)
        (learnt, statistics) = (list.parameters, list.statistics)
        steps = try data.steps(of: "images")
        self.data = data
    }

    /// The mean cross-entropy of the classes told at a step.
    func loss(_ step: Int, in workspace: Workspace) throws(Failure) -> Tensor {
        let images = try data.images(step, of: "images", in: workspace)
        let labels = try data.step(step, of: "labels", rank: 1).values.map { Int($0) }
        guard labels.count == images.shape.batch, labels.allSatisfy({ (0..<network.classes).contains($0) })
        else {
            throw Failure(
                .badInput, "the labels of step \(step) do not fit the images or the classes",
                hint: "Record them with tools/learning.")
        }
        return try network.learningLogits(of: images, in: workspace).crossEntropy(
            classes: labels, in: workspace)
    }
}
