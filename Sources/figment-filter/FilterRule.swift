import Catalogs
import Diagnostics
import JSONValues
import StageKit

/// What decides whether an image stays: a measure, a comparison and a threshold, given in full.
///
///     {"name": "clip-confidence", "measure": "clip-confidence", "keep": "above", "threshold": "1/K"}
struct FilterRule: Hashable {
    let name: String
    let measure: String
    let keep: Comparison
    let threshold: Threshold

    /// A number, or one that follows from the number of classes that were told apart.
    enum Threshold: Hashable {
        case fixed(Double)
        /// 1/K: what a guess would score on average among K classes.
        case chance
    }

    /// The rules that are known by name.
    ///
    /// `clip-confidence` is the CLIP filter of He et al. (ICLR 2023): an image stays if CLIP gives its own class
    /// more probability than chance, p > 1/K. `clip-similarity` takes 0.28 from the CLIP filter of DataComp
    /// (Gadre et al. 2023) for CLIP ViT-B/32 and L/14; other encoders need a threshold of their own.
    static let named = [
        FilterRule(name: "clip-confidence", measure: "clip-confidence", keep: .above, threshold: .chance),
        FilterRule(
            name: "clip-similarity", measure: "clip-similarity", keep: .atLeast, threshold: .fixed(0.28)),
    ]

    init(name: String, measure: String, keep: Comparison, threshold: Threshold) {
        self.name = name
        self.measure = measure
        self.keep = keep
        self.threshold = threshold
    }

    /// Reads a rule file.
    ///
    /// - Throws: badInput that names the file and the field.
    init(parsing bytes: [UInt8], file: String) throws(Failure) {
        let fields = try JSONFields(JSONValue(parsing: bytes, source: file), source: file)
        name = try fields.string("name")
        measure = try fields.string("measure")
        let word = try fields.string("keep", default: Comparison.above.rawValue)
        guard let keep = Comparison(rawValue: word) else {
            let known = Comparison.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            throw Failure(.badInput, "\(file): field 'keep' is '\(word)'", hint: "Use one of \(known).")
        }
        self.keep = keep
        if fields.value("threshold") == .string("1/K") {
            threshold = .chance
        } else {
            threshold = .fixed(try fields.number("threshold"))
        }
        try fields.refuseUnread()
        guard !name.isEmpty, !measure.isEmpty else {
            throw Failure(.badInput, "\(file): 'name' and 'measure' must not be empty", hint: "Name them.")
        }
    }

    /// The same rule with another threshold.
    func with(threshold: Double) -> FilterRule {
        FilterRule(name: name, measure: measure, keep: keep, threshold: .fixed(threshold))
    }

    /// The rule as it is recorded.
    var definition: JSONValue {
        let threshold: JSONValue =
            switch threshold {
            case .fixed(let value): .real(value)
            case .chance: "1/K"
            }
        return [
            "keep": .string(keep.rawValue), "measure": .string(measure), "name": .string(name),
            "threshold": threshold,
        ]
    }

    /// The number that a value is compared with, where `classes` were told apart.
    ///
    /// - Throws: badInput where the rule asks for chance and the measure tells no classes apart.
    func bound(classes: Int?) throws(Failure) -> Double {
        switch threshold {
        case .fixed(let value): return value
        case .chance:
            guard let classes, classes > 0 else {
                throw Failure(
                    .badInput,
                    "rule '\(name)': threshold 1/K needs a measure over classes, and '\(measure)' has none",
                    hint: "Give a number, or filter by clip-confidence.")
            }
            return 1 / Double(classes)
        }
    }

    /// How it decides, where `classes` were told apart.
    ///
    /// - Throws: what `bound` throws.
    func decisionRule(classes: Int?) throws(Failure) -> DecisionRule {
        DecisionRule(measure: measure, keep: keep, bound: try bound(classes: classes))
    }
}
