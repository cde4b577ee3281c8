import Diagnostics
import Foundation
import ImageCodecs
import Randomness
import Tensors

/// Grey pictures of clothes with their classes, as Fashion-MNIST is published.
struct FashionPictures {
    /// The side of a picture, in pixels, and the number of classes.
    static let (side, classes) = (28, 10)
    /// The class of each picture.
    let labels: [Int]
    /// Grey levels less their mean, over their deviation, picture by picture.
    private let levels: [Float]

    /// Reads `NAME-images-idx3-ubyte.gz` and `NAME-labels-idx1-ubyte.gz` in a folder.
    init(_ name: String, in folder: URL) throws(Failure) {
        let pictures = try IDXFile(
            contentsOf: folder.appending(path: "\(name)-images-idx3-ubyte.gz").path)
        let labels = try IDXFile(
            contentsOf: folder.appending(path: "\(name)-labels-idx1-ubyte.gz").path)
        guard pictures.shape.dropFirst() == [Self.side, Self.side], labels.shape == [pictures.count],
            labels.labels.allSatisfy({ $0 < Self.classes })
        else {
            throw Failure(
                .badInput, "the files of '\(name)' in \(folder.path) do not fit together",
                hint: "Give Fashion-MNIST's: pictures of 28 × 28 pixels, and a class of ten for each.")
        }
        self.labels = labels.labels.map { Int($0) }
        levels = (0..<pictures.count).flatMap { index in
            pictures.picture(index).map { (Float($0) / 255 - Self.mean) / Self.deviation }
        }
    }

    /// The number of pictures.
    var count: Int { labels.count }

    /// Pictures by number, [B, 28, 28, 1], or [B, 14, 14, 1] where they are halved.
    func batch(_ numbers: some Collection<Int>, isHalved: Bool, in workspace: Workspace) -> Tensor {
        batch(numbers, isHalved, in: workspace) { Array($0) }
    }

    /// The same, each moved by up to `shift` pixels on either axis, and turned to look the other way or not.
    func batch(
        _ numbers: some Collection<Int>, isHalved: Bool, shift: Int, _ noise: inout PhiloxNoise,
        in workspace: Workspace
    ) -> Tensor {
        let side = Self.side
        return batch(numbers, isHalved, in: workspace) { picture in
            let (down, right) = (
                noise.integer(below: 2 * shift + 1) - shift, noise.integer(below: 2 * shift + 1) - shift
            )
            let isTurned = noise.integer(below: 2) == 1
            return (0..<side * side).map { place in
                let (row, column) = (place / side, place % side)
                let (y, x) = (row - down, (isTurned ? side - 1 - column : column) - right)
                let isInside = (0..<side).contains(y) && (0..<side).contains(x)
                return isInside ? picture[picture.startIndex + y * side + x] : Self.background
            }
        }
    }

    private func batch(
        _ numbers: some Collection<Int>, _ isHalved: Bool, in workspace: Workspace,
        _ change: (_ picture: ArraySlice<Float>) -> [Float]
    ) -> Tensor {
        let (size, side) = (Self.side * Self.side, isHalved ? Self.side / 2 : Self.side)
        let values = numbers.flatMap { number in
            let picture = change(levels[number * size..<(number + 1) * size])
            return isHalved ? Self.halved(picture) : picture
        }
        return workspace.tensor(Shape(numbers.count, side, side, 1), values)
    }

    /// The means of a picture's squares of 2 × 2 pixels.
    private static func halved(_ picture: [Float]) -> [Float] {
        (0..<side * side / 4).map { place in
            let first = place / (side / 2) * 2 * side + place % (side / 2) * 2
            return (picture[first] + picture[first + 1] + picture[first + side] + picture[first + side + 1])
                / 4
        }
    }

    /// The mean and the deviation of the training pictures' levels, from 0 to 1.
    private static let (mean, deviation): (Float, Float) = (0.2860, 0.3530)
    private static let background = -mean / deviation
}
