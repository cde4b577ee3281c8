import Diagnostics
import Digests
import SQLite

/// What a row says of the payload that it names, besides its digest.
enum PayloadClaim {
    /// An image's `byte_count`, `format`, `width`, `height` and `pixel_sha256`, as texts.
    case image([String])
    /// A conditioning's matrix of numbers of 4 bytes.
    case matrix(tokens: Int, width: Int)

    private static let imageColumns = ["byte_count", "format", "width", "height", "pixel_sha256"]

    /// The columns that `init` reads, of a row of `table` called `entity`.
    static func columns(of table: String) -> String {
        (table == "image" ? imageColumns : ["tokens", "width"]).map { "entity.\($0)" }.joined(separator: ", ")
    }

    /// Reads the columns of a row of `table`, the first of which is `column`.
    init(of table: String, _ row: Row, at column: Int) {
        self =
            table == "image"
            ? .image(Self.imageColumns.indices.map { row.text(column + $0) })
            : .matrix(tokens: row.integer(column), width: row.integer(column + 1))
    }

    /// Columns and rows that the row states; zero where it states no number, nil where it is no image's.
    var pixels: Catalog.PixelCount? {
        guard case .image(let said) = self else { return nil }
        return (width: Int(said[2]) ?? 0, height: Int(said[3]) ?? 0)
    }

    /// A respect in which a payload is not what a row says.
    struct Fault {
        let kind: Finding.Kind
        let message: String
    }

    /// In what the payload is not what the row says.
    func faults(_ facts: PayloadFacts) -> [Fault] {
        switch self {
        case .matrix(let tokens, let width):
            let (count, isTooLarge) = tokens.multipliedReportingOverflow(by: width)
            let (size, isLarger) = count.multipliedReportingOverflow(by: 4)
            guard isTooLarge || isLarger || size != facts.byteCount else { return [] }
            let message =
                "it says \(tokens) × \(width) numbers of 4 bytes, and its payload has \(facts.byteCount) bytes"
            return [Fault(kind: .payload, message: message)]
        case .image(let said):
            var faults: [Fault] = []
            var found = ["\(facts.byteCount)"]
            switch facts.picture {
            case .success(let picture):
                found += [picture.format, "\(picture.width)", "\(picture.height)", picture.pixels.hex]
            case .failure(let failure):
                faults.append(Fault(kind: .image, message: "its file is no picture: \(failure.summary)"))
            case nil: break
            }
            for (column, (said, found)) in zip(Self.imageColumns, zip(said, found)) where said != found {
                let message = "\(column) is \(said), and of its file it is \(found)"
                faults.append(Fault(kind: .image, message: message))
            }
            return faults
        }
    }
}

/// What a payload turns out to be when it is read.
struct PayloadFacts: Sendable {
    /// Its size.
    let byteCount: Int
    /// The picture, where it is an image's file and pictures are read.
    let picture: Result<ImageFacts, Failure>?

    /// Looks at bytes that a row of `table` names.
    ///
    /// - Parameter pixels: the columns and rows that a row of the catalog states; nil where the payload is to come in.
    init(
        _ bytes: [UInt8], of table: String, _ reader: Catalog.ImageReader?, stated pixels: Catalog.PixelCount?
    ) {
        byteCount = bytes.count
        picture =
            table == "image"
            ? reader.map { reader in Result { () throws(Failure) in try reader(bytes, pixels) } } : nil
    }
}
