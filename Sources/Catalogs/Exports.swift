import SQLValues
import SQLite

/// A value in one of SQLite's five storage classes.
public typealias SQLValue = SQLValues.SQLValue

/// One row of a running query; valid until the query goes on.
public typealias Row = SQLite.Row
