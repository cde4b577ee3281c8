import Tensors

/// An image of red, green and blue bytes, row by row, as image files hold it.
public struct RGBPixels: Hashable, Sendable {
    /// Height and width in pixels.
    public let size: ImageSize
    /// The bytes, [H, W, 3].
    public let bytes: [UInt8]

    /// Makes an image of as many bytes as its size says.
    public init(size: ImageSize, bytes: [UInt8]) {
        precondition(bytes.count == size.height * size.width * 3, "\(bytes.count) bytes for \(size)")
        self.size = size
        self.bytes = bytes
    }

    /// Rounds values, of which -1 is black and 1 is full, to bytes as diffusers does; [1, H, W, 3].
    init(_ image: Tensor) {
        size = ImageSize(height: image.shape[1], width: image.shape[2])
        bytes = image.values.map { value in
            let level = min(max(value * 0.5 + 0.5, 0), 1) * 255
            return UInt8(level.rounded(.toNearestOrEven))
        }
    }

    /// The values from -1 to 1 that the bytes stand for, [1, H, W, 3].
    func tensor(in workspace: Workspace) -> Tensor {
        workspace.tensor(
            Shape(1, size.height, size.width, 3), bytes.map { 2 * (Float($0) / 255) - 1 })
    }
}
