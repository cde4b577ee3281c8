import CLIPModels
import Diagnostics
import Kernels
import Tensors

/// The features of images: `images` [B, 3, S, S], normalized.
struct CLIPTask: EngineTask {
    private let model: CLIPModel
    /// Each [S, S, 3], as the model's image processor makes them.
    private let images: [[Float]]

    init(_ data: RecordedData, _ precision: Precision) throws(Failure) {
        model = try CLIPModel(directory: data.folder, precision: precision)
        let side = model.configuration.vision.imageSize
        let planar = try data.tensor("images", [nil, model.configuration.vision.imageChannels, side, side])
        images = (0..<planar.shape[0]).map { index in
            let workspace = Workspace()
            return workspace.tensor(Shape(1, planar.shape[1], side, side), planar.part(index))
                .channelsLast(in: workspace).values
        }
    }

    func run() throws(Failure) -> RecordedTensor {
        let features = try model.features(ofImages: images)
        return RecordedTensor(shape: [features.count, features[0].count], values: features.flatMap { $0 })
    }
}
