import JSONValues

/// A part of an image's chain: a query over `:image` and how its rows are shown.
///
/// The first column, `line`, is what a person reads first; the others are shown below it by their names, but those that
/// begin with `_`, which the line has told. All but `line` are members of the JSON. A column `run` holds a run's uid.
struct ChainSection {
    let title: String
    /// Whether it is one row at most: then JSON has an object and not a list.
    let isOne: Bool
    let sql: String

    /// The name of its member in JSON.
    var key: String { title.replacing(" ", with: "_") }
}
