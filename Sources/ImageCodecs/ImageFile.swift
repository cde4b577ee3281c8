import Diagnostics

/// A picture file of a kind that is told by its first bytes, whatever its name says.
public enum ImageFile {
    /// The kinds that are read.
    public enum Format: String, CaseIterable, Sendable {
        case png
        case jpeg
    }

    /// The picture and the kind of its file.
    ///
    /// - Throws: badInput that names the file where it is empty, of another kind, damaged or too large.
    public static func decode(
        _ bytes: [UInt8], name: String, limits: ImageLimits = ImageLimits()
    ) throws(Failure) -> (picture: RGBImage, format: Format) {
        guard !bytes.isEmpty else {
            throw Failure(.badInput, "\(name) is empty", hint: "Replace it by a whole copy.")
        }
        guard bytes.count <= limits.bytes else {
            throw Failure(
                .badInput, "\(name): \(bytes.count) bytes, more than the limit of \(limits.bytes)",
                hint: "Scale it down first.")
        }
        if bytes.starts(with: PNGCodec.signature) {
            return (try PNGCodec.decode(bytes, name: name, limits: limits), .png)
        }
        if bytes.starts(with: JPEGCodec.signature) {
            return (try JPEGCodec.decode(bytes, name: name, limits: limits), .jpeg)
        }
        throw Failure(
            .badInput, "\(name) is neither PNG nor JPEG\(guess(bytes).map { " but \($0)" } ?? "")",
            hint: "Convert it to PNG.")
    }

    /// How many pixels the header of a picture promises; nil where no header can be read.
    public static func pixelCount(of bytes: [UInt8]) -> Int? {
        if bytes.starts(with: PNGCodec.signature) { return PNGCodec.pixelCount(of: bytes) }
        return bytes.starts(with: JPEGCodec.signature) ? JPEGCodec.pixelCount(of: bytes) : nil
    }

    /// What a file of another kind most likely is.
    private static func guess(_ bytes: [UInt8]) -> String? {
        let marks: [(offset: Int, mark: String, kind: String)] = [
            (0, "GIF8", "GIF"), (0, "BM", "BMP"), (8, "WEBP", "WebP"), (0, "II*\0", "TIFF"),
            (0, "MM\0*", "TIFF"),
            (4, "ftypavif", "AVIF"), (4, "ftypheic", "HEIC"), (0, "<svg", "SVG"), (0, "%PDF", "PDF"),
        ]
        return marks.first { bytes.dropFirst($0.offset).starts(with: $0.mark.utf8) }?.kind
    }
}
