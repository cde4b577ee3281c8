import Catalogs
import Diagnostics
import Testing

@testable import figment_filter

struct FilterRuleTests {
    private func rule(_ text: String) throws -> FilterRule {
        try FilterRule(parsing: Array(text.utf8), file: "rule.json")
    }

    @Test func readsARule() throws {
        let half = try rule(
            #"{"name": "half", "measure": "clip-similarity", "keep": "at-most", "threshold": 0.5}"#)
        #expect(
            half
                == FilterRule(
                    name: "half", measure: "clip-similarity", keep: .atMost, threshold: .fixed(0.5)))
        let chance = try rule(#"{"name": "x", "measure": "clip-confidence", "threshold": "1/K"}"#)
        #expect(chance.keep == .above)
        #expect(chance.threshold == .chance)
        #expect(try rule(chance.definition.text) == chance)
        #expect(try rule(half.definition.text) == half)
    }

    @Test(arguments: [
        (#"{"measure": "m", "threshold": 1}"#, "name"), (#"{"name": "n", "threshold": 1}"#, "measure"),
        (#"{"name": "n", "measure": "m"}"#, "threshold"),
        (#"{"name": "n", "measure": "m", "threshold": "1/3"}"#, "threshold"),
        (#"{"name": "n", "measure": "m", "threshold": 1, "keep": "around"}"#, "'keep' is 'around'"),
        (#"{"name": "n", "measure": "m", "threshold": 1, "note": ""}"#, "note"),
        (#"{"name": "", "measure": "m", "threshold": 1}"#, "must not be empty"), ("[]", "rule.json"),
    ])
    func refusesWhatIsNoRule(text: String, phrase: String) {
        let failure = #expect(throws: Failure.self) { try rule(text) }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains(phrase) == true, "\(failure?.summary ?? "")")
        #expect(failure?.summary.contains("rule.json") == true)
    }

    @Test(arguments: [
        (Comparison.above, [false, false, true]), (.atLeast, [false, true, true]),
        (.below, [true, false, false]), (.atMost, [true, true, false]),
    ])
    func keepsOnOneSideOfTheBound(keep: Comparison, kept: [Bool]) throws {
        let rule = try FilterRule(name: "n", measure: "m", keep: keep, threshold: .fixed(0.5))
            .decisionRule(classes: nil)
        #expect([0.25, 0.5, 0.75].map { rule.verdict(on: $0).isKept } == kept)
    }

    @Test func saysWhy() throws {
        let rule = try FilterRule(
            name: "n", measure: "clip-confidence", keep: .atLeast, threshold: .chance
        ).decisionRule(classes: 10)
        #expect(rule.verdict(on: 0.75).reason == "clip-confidence 0.75 is at least 0.1")
        #expect(rule.verdict(on: 0.05).reason == "clip-confidence 0.05 is not at least 0.1")
    }

    @Test func chanceNeedsClasses() throws {
        let rule = FilterRule.named[0]
        #expect(rule.threshold == .chance)
        #expect(try rule.bound(classes: 10) == 0.1)
        #expect(try rule.with(threshold: 0.3).bound(classes: nil) == 0.3)
        for classes in [nil, 0] {
            let failure = #expect(throws: Failure.self) { try rule.bound(classes: classes) }
            #expect(failure?.summary.contains("1/K needs a measure over classes") == true)
        }
    }
}
