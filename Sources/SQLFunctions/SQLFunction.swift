import Diagnostics
import SQLValues

/// A function that Figment adds to SQL, whoever runs the SQL: a catalog's own connections, or a program that loads the
/// extension.
public struct SQLFunction {
    /// Computes the value; a failure becomes the statement's error.
    public typealias Body = ([SQLValue]) throws(Failure) -> SQLValue
    /// The first column of a query's first row on the connection that called; null where there is no row.
    public typealias LookUp = (_ sql: String, _ values: [SQLValue]) throws(Failure) -> SQLValue

    /// Its name in SQL.
    public let name: String
    /// How many arguments it takes.
    public let argumentCount: Int
    /// Whether the same arguments give the same value always, whatever the tables hold.
    public let isDeterministic: Bool
    /// What it computes.
    public let body: Body

    /// All of them, for one connection.
    public static func all(_ lookUp: @escaping LookUp) -> [SQLFunction] {
        [vectorCosine(), stableSplit(), scoreOf(lookUp)]
    }

    private static func vectorCosine() -> SQLFunction {
        SQLFunction(
            name: "vector_cosine", argumentCount: 2, isDeterministic: true
        ) { values throws(Failure) in
            if values.contains(.null) { return .null }
            guard case .blob(let a) = values[0], case .blob(let b) = values[1], a.count == b.count,
                a.count.isMultiple(of: 4)
            else { throw Failure(.badInput, "it takes two blobs of 32-bit floats of equal length") }
            return cosine(of: a, b).map { .real($0) } ?? .null
        }
    }

    private static func stableSplit() -> SQLFunction {
        var latest: (text: String, split: StableSplit)?
        return SQLFunction(
            name: "stable_split", argumentCount: 2, isDeterministic: true
        ) { values throws(Failure) in
            if values.contains(.null) { return .null }
            guard case .text(let uid) = values[0], case .text(let text) = values[1] else {
                throw Failure(.badInput, "it takes a uid and weights like 'train:0.9,validation:0.1'")
            }
            if let latest, latest.text == text { return .text(latest.split.part(of: uid)) }
            let split = try StableSplit(text)
            latest = (text, split)
            return .text(split.part(of: uid))
        }
    }

    private static func scoreOf(_ lookUp: @escaping LookUp) -> SQLFunction {
        var isRunning = false
        return SQLFunction(
            name: "score_of", argumentCount: 2, isDeterministic: false
        ) { values throws(Failure) in
            // Somebody else's catalog may have a latest_score that asks for score_of, and so on without end.
            guard !isRunning else {
                throw Failure(.badInput, "the view latest_score asks for score_of itself")
            }
            isRunning = true
            defer { isRunning = false }
            return try lookUp("SELECT value FROM latest_score WHERE image_id = ? AND measure = ?", values)
        }
    }
}
