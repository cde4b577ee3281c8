import Diagnostics
import SQLite

extension CatalogCheck {
    /// Compares a payload's bytes, which are those of its digest, with what the row that names it says of them.
    mutating func compare(_ bytes: [UInt8], _ name: NamedPayloads.Name) throws(Failure) {
        if name.table == "image" {
            try compareImage(bytes, name)
        } else {
            let sizes = try catalog.rows(
                "SELECT tokens, width FROM conditioning WHERE id = ?", [.integer(name.row)]
            ) { (tokens: $0.integer(0), width: $0.integer(1)) }
            for (tokens, width) in sizes
            where bytes.count / 4 != tokens.multipliedReportingOverflow(by: width).0 {
                add(
                    .payload,
                    "\(name.title): it says \(tokens) × \(width) numbers of 4 bytes, and its payload has \(bytes.count) bytes"
                )
            }
        }
    }

    private mutating func compareImage(_ bytes: [UInt8], _ name: NamedPayloads.Name) throws(Failure) {
        let rows = try catalog.rows(
            "SELECT byte_count, format, width, height, pixel_sha256 FROM image WHERE id = ?",
            [.integer(name.row)]
        ) { row in [0, 1, 2, 3, 4].map { row.text($0) } }
        guard let said = rows.first else { return }
        var found = ["\(bytes.count)"]
        if let reader {
            do throws(Failure) {
                let facts = try reader(bytes)
                found += [facts.format, "\(facts.width)", "\(facts.height)", facts.pixels.hex]
            } catch {
                add(.image, "\(name.title): its file is no picture: \(error.summary)")
            }
        }
        let columns = ["byte_count", "format", "width", "height", "pixel_sha256"]
        for (column, (said, found)) in zip(columns, zip(said, found)) where said != found {
            add(.image, "\(name.title): \(column) is \(said), and of its file it is \(found)")
        }
    }
}
