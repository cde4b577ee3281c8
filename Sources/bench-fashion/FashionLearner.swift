import Diagnostics
import Randomness
import Tensors
import Training
import VisionModels

/// How a network learns Fashion-MNIST.
struct FashionCourse {
    /// How often every picture is seen, and how many of the first times half as large.
    let epochs, halved: Int
    /// Pictures in a step.
    let batch: Int
    /// The greatest learning rate, after a warm-up of a tenth of the steps and before half a cosine.
    let rate: Double
    /// What weights, order and changes of the pictures follow from.
    let seed: UInt64
    /// What decays of a matrix in a step, over the rate.
    let decay = 1e-3
    /// The share of the targets that goes to all classes alike (Szegedy et al., 2016, section 7).
    let smoothing: Float = 0.1
    /// Pixels by which a picture is moved at most.
    let shift = 1

    /// Whether pictures are seen half as large: coarse ones first cost a quarter ("progressive resizing").
    func isHalved(_ epoch: Int) -> Bool { epoch < halved }
}

/// A ResNet-18 and its training by SGD with Nesterov's momentum.
struct FashionLearner {
    private let course: FashionCourse
    private let pictures: FashionPictures
    private let count: Int
    private let network: ResNet
    private let trainer: Trainer

    /// The epochs done.
    var epochs: Int { trainer.step / stepsInEpoch }
    private var stepsInEpoch: Int { count / course.batch }

    /// Prepares the training on the first `count` pictures.
    init(_ course: FashionCourse, _ pictures: FashionPictures, count: Int) throws(Failure) {
        let configuration = ResNetConfiguration(
            depths: [2, 2, 2, 2], hasBottlenecks: false, classes: FashionPictures.classes, imageChannels: 1,
            stem: .cifar)
        let list = ParameterList()
        network = try ResNet(
            configuration,
            Parameters(InitialResNetWeights(seed: course.seed), list: list))
        let steps = course.epochs * (count / course.batch)
        trainer = Trainer(
            Optimizer(
                ParameterGroup.decayingMatrices(list.parameters, decay: course.decay),
                .descent(momentum: 0.9, isNesterov: true)),
            LearningRateSchedule(rate: course.rate, warmUp: steps / 10, .cosine(total: steps)),
            statistics: list.statistics, seed: course.seed)
        (self.course, self.pictures, self.count) = (course, pictures, count)
    }

    /// Writes all that the training goes on from.
    func save(to path: String) throws(Failure) { try trainer.save(to: path) }

    /// Goes on from what `save` wrote for the same course.
    func restore(from path: String) throws(Failure) { try trainer.restore(from: path) }

    /// Sees every picture once, in an order of the epoch's own; gives the mean loss.
    ///
    /// The pictures that are left when as many batches as possible are full are not seen.
    func learn(_ epoch: Int) throws(Failure) -> Float {
        var order = Array(0..<count)
        // The steps' own numbers come from the streams 0, 1, …
        var noise = PhiloxNoise(seed: course.seed, stream: .max - UInt64(epoch))
        noise.shuffle(&order)
        var total: Float = 0
        for step in 0..<stepsInEpoch {
            let numbers = order[step * course.batch..<(step + 1) * course.batch]
            total += try trainer.step { workspace, noise throws(Failure) in
                let images = pictures.batch(
                    numbers, isHalved: course.isHalved(epoch), shift: course.shift, &noise, in: workspace)
                return try network.learningLogits(of: images, in: workspace)
                    .crossEntropy(targets(numbers, in: workspace), in: workspace)
            }.loss
        }
        return total / Float(stepsInEpoch)
    }

    /// The share of the pictures whose class the network tells as it is after an epoch.
    func accuracy(on test: FashionPictures, epoch: Int) throws(Failure) -> Double {
        let workspace = Workspace()
        var right = 0
        for start in stride(from: 0, to: test.count, by: course.batch) {
            let numbers = start..<min(start + course.batch, test.count)
            right += try workspace.temporarily { () throws(Failure) in
                let images = test.batch(numbers, isHalved: course.isHalved(epoch), in: workspace)
                let values = try network.logits(of: images, in: workspace).values
                return numbers.enumerated().filter { place, number in
                    let row = values[place * network.classes..<(place + 1) * network.classes]
                    return row.indices.max { row[$0] < row[$1] } == row.startIndex + test.labels[number]
                }.count
            }
        }
        return Double(right) / Double(test.count)
    }

    /// The classes' shares [B, K] in the targets.
    private func targets(_ numbers: ArraySlice<Int>, in workspace: Workspace) -> Tensor {
        let classes = FashionPictures.classes
        let everywhere = course.smoothing / Float(classes)
        return workspace.tensor(
            Shape(numbers.count, classes),
            numbers.flatMap { number in
                (0..<classes).map {
                    $0 == pictures.labels[number] ? 1 - course.smoothing + everywhere : everywhere
                }
            })
    }
}
