/// A row with which something is wrong.
struct RowFault<Reason> {
    /// The row's table.
    let table: String
    /// The row's id.
    let id: Int
    /// The row's uid.
    let uid: String
    /// What is wrong.
    let reason: Reason
}
