import Digests

/// One image of an export, with everything that the export says of it.
///
/// Items come one by one and are not kept: an export of any size holds the bytes of one image.
public struct ExportItem: Sendable {
    /// The image's identity.
    public let uid: UID
    /// The split it belongs to, one of the plan's.
    public let split: String
    /// The place of its class in the plan's list; images without a class need one of their own there.
    public let label: Int
    /// The text that describes it.
    public let caption: String
    /// How much it counts in training, at least 0.
    public let weight: Double
    /// Pixels across.
    public let width: Int
    /// Pixels down.
    public let height: Int
    /// What kind of image file the bytes are.
    public let format: ExportImageFormat
    /// The SHA-256 that the bytes must have.
    public let sha256: Digest
    /// The image file.
    public let bytes: [UInt8]
    /// A value for each of the plan's fields, in that order.
    public let values: [ExportValue]

    /// Makes an item; whether it fits the plan is checked when it is written.
    public init(
        uid: UID, split: String, label: Int, caption: String, weight: Double = 1, width: Int, height: Int,
        format: ExportImageFormat, sha256: Digest, bytes: [UInt8], values: [ExportValue] = []
    ) {
        self.uid = uid
        self.split = split
        self.label = label
        self.caption = caption
        self.weight = weight
        self.width = width
        self.height = height
        self.format = format
        self.sha256 = sha256
        self.bytes = bytes
        self.values = values
    }
}

/// The kinds of image file that every reader knows; the raw value is the file's extension.
public enum ExportImageFormat: String, Hashable, Sendable, CaseIterable {
    /// Portable Network Graphics.
    case png
    /// JPEG.
    case jpg

    /// The bytes with which such a file begins.
    var signature: [UInt8] {
        switch self {
        case .png: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        case .jpg: [0xFF, 0xD8, 0xFF]
        }
    }
}
