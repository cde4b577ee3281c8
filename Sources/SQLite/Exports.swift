// Whoever speaks SQL needs its values.
@_exported import SQLValues
