import Diagnostics
import Digests

/// What an item must be so that every reader takes it for what it is.
enum ItemRules {
    /// Refuses an item that does not fit the plan, or whose bytes are not what they should be.
    static func check(_ item: ExportItem, _ plan: ExportPlan) throws(Failure) {
        func fault(_ what: String, _ hint: String) -> Failure {
            Failure(.badInput, "image \(item.uid) \(what)", hint: hint)
        }
        guard plan.classes.indices.contains(item.label) else {
            throw fault(
                "has the label \(item.label), but there are \(plan.classes.count) classes",
                "Give it a class of the list, or leave it out of the variant.")
        }
        guard item.weight.isFinite, item.weight >= 0 else {
            throw fault("has the weight \(item.weight)", "Give it a finite weight of at least 0.")
        }
        guard item.width > 0, item.height > 0 else {
            throw fault("measures \(item.width) × \(item.height) pixels", "Import or generate it again.")
        }
        for (value, field) in zip(item.values, plan.fields) {
            guard value.kind == field.kind, value.isFinite else {
                throw fault(
                    "has no \(field.kind.rawValue) for the column '\(field.name)'",
                    "Give every item a finite value of that type.")
            }
        }
        guard item.values.count == plan.fields.count else {
            throw fault(
                "has \(item.values.count) values for \(plan.fields.count) columns",
                "Give every item a value for each column.")
        }
        guard item.bytes.starts(with: item.format.signature) else {
            throw fault(
                "is no \(item.format.rawValue) file, though it is said to be one",
                "Check the catalog's image files.")
        }
        guard SHA256.digest(of: item.bytes) == item.sha256 else {
            throw fault(
                "has other bytes than its SHA-256 says", "Its file was altered: check the catalog's packs.")
        }
    }
}
