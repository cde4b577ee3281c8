import Catalogs
import Diagnostics

/// A conditioning's matrix: where its payload is, and the shape that this must have.
public struct StoredConditioning: Sendable {
    /// The columns that `init` reads, of `conditioning`.
    public static let columns =
        "conditioning.id, conditioning.uid, payload_sha256, conditioning.pack_id, tokens, conditioning.width"

    /// Its id in this catalog.
    public let id: Int
    /// Its uid.
    public let uid: String
    /// How many rows the matrix has.
    public let tokens: Int
    /// How many columns the matrix has.
    public let width: Int
    private let sha256: String
    private let pack: Int

    /// Reads a row that begins with `columns`.
    public init(_ row: Row) {
        id = row.integer(0)
        uid = row.text(1)
        sha256 = row.text(2)
        pack = row.integer(3)
        tokens = row.integer(4)
        width = row.integer(5)
    }

    /// The bytes of the matrix.
    ///
    /// - Throws: missingResource where the pack is missing; catalog where the payload is missing or altered.
    public func payload(in catalog: Catalog) throws(Failure) -> [UInt8] {
        try catalog.payload(sha256, in: pack)
    }

    /// The matrix, row by row.
    ///
    /// - Throws: catalog where the payload is missing, altered, or not as many finite numbers.
    public func values(in catalog: Catalog) throws(Failure) -> [Float] {
        try values(of: payload(in: catalog))
    }

    /// The matrix that its bytes hold, row by row.
    ///
    /// - Throws: catalog where they are not as many finite numbers.
    public func values(of payload: [UInt8]) throws(Failure) -> [Float] {
        let values = VectorBytes.decode(payload)
        // The row may come from elsewhere, and say anything.
        let (count, isTooLarge) = tokens.multipliedReportingOverflow(by: width)
        guard let values, !isTooLarge, values.count == count, values.allSatisfy(\.isFinite) else {
            throw Failure(
                .catalog,
                "the payload \(sha256) of conditioning \(id) is not \(tokens) × \(width) finite numbers",
                hint: "Run 'figment check'.")
        }
        return values
    }
}
