import JSONValues
import StageKit
import TestSupport
import Testing

/// PROV-JSON, held against the rules of https://www.w3.org/submissions/prov-json/; tools/readers reads it with W3C
/// PROV's own library.
struct ProvTests {
    /// Each relation with the roles of its two ends, and the sections that these name.
    private static let relations = [
        "wasGeneratedBy": (("entity", "entity"), ("activity", "activity")),
        "used": (("activity", "activity"), ("entity", "entity")),
        "wasDerivedFrom": (("generatedEntity", "entity"), ("usedEntity", "entity")),
        "wasAssociatedWith": (("activity", "activity"), ("agent", "agent")),
        "wasAttributedTo": (("entity", "entity"), ("agent", "agent")),
        "hadMember": (("collection", "entity"), ("entity", "entity")),
    ]

    private func document(_ shop: Workshop, _ image: String) throws -> JSONObject {
        let text = try shop.succeed("audit", "image", image, "--format", "prov")
        let document = try #require(try JSONValue(parsing: text, source: "the document").object)
        try expectStructure(document)
        return document
    }

    private func expectStructure(_ document: JSONObject) throws {
        let prefixes = Set(try #require(document["prefix"]?.object).keys).union(["prov", "xsd", "_"])
        func expectQualified(_ name: String) {
            let parts = name.split(separator: ":", maxSplits: 1)
            #expect(parts.count == 2 && prefixes.contains(String(parts[0])), "\(name)")
            #expect(name.allSatisfy { $0.isASCII && !$0.isWhitespace }, "\(name)")
        }
        func expectValue(_ value: JSONValue) {
            for one in value.array ?? [value] {
                guard let typed = one.object else {
                    #expect(one.array == nil && one != .null, "\(one)")
                    continue
                }
                #expect(Set(typed.keys) == ["$", "type"] && typed["$"]?.string != nil, "\(typed)")
                expectQualified(typed["type"]?.string ?? "")
            }
        }
        var known: [String: Set<String>] = [:]
        for section in ["entity", "activity", "agent"] {
            let members = try #require(document[section]?.object).members
            known[section] = Set(members.map(\.key))
            #expect(!members.isEmpty, "\(section)")
            for (name, attributes) in members {
                expectQualified(name)
                for (key, value) in try #require(attributes.object).members {
                    expectQualified(key)
                    expectValue(value)
                }
            }
        }
        var identifiers: Set<String> = []
        for (section, members) in document.members
        where !["prefix", "entity", "activity", "agent"].contains(section) {
            let (first, second) = try #require(Self.relations[section], "\(section)")
            for (identifier, record) in try #require(members.object).members {
                #expect(identifier.hasPrefix("_:") && identifiers.insert(identifier).inserted)
                let ends = try #require(record.object)
                #expect(ends.keys == ["prov:\(first.0)", "prov:\(second.0)"])
                for (role, kind) in [first, second] {
                    #expect(known[kind]?.contains(ends["prov:\(role)"]?.string ?? "") == true, "\(ends)")
                }
            }
        }
    }

    private func pairs(_ document: JSONObject, _ relation: String) -> Set<[String]> {
        Set(
            (document[relation]?.object?.members ?? []).map { record in
                (record.value.object?.members ?? []).map { $0.value.string ?? "" }
            })
    }

    @Test func tellsTheWholeStory() throws {
        let pedigree = try Pedigree()
        let document = try document(pedigree.shop, pedigree.uid("image"))
        func name(_ table: String, _ row: String? = nil) -> String {
            "figment:\(table)-\(pedigree.uid(row ?? table))"
        }
        let real = try pedigree.shop.rows("SELECT 'figment:image-' || uid FROM image WHERE id = 1")[0][0]
        guard case .text(let real) = real else { return }
        let derived = pairs(document, "wasDerivedFrom")
        for pair in [
            [name("image"), name("generation")], [name("generation"), name("conditioning", "mixed")],
            [name("conditioning", "mixed"), name("conditioning", "inverted")],
            [name("conditioning", "inverted"), real], [name("snapshot"), name("image")],
            [name("export"), name("snapshot")], [name("training"), name("snapshot")],
            [name("model"), name("training")],
        ] { #expect(derived.contains(pair), "\(pair)") }
        #expect(pairs(document, "hadMember") == [[name("snapshot"), name("image")]])
        let generated = pairs(document, "wasGeneratedBy").filter { $0[0] == real }
        #expect(generated.count == 1)
        // The real image was there before; a seed of more than 32 bits says its type.
        let agents = try #require(document["agent"]?.object).members.map(\.value)
        #expect(agents.allSatisfy { $0.object?["prov:type"]?.object?["$"] == "prov:SoftwareAgent" })
    }

    @Test func wholeJobsAreSound() throws {
        let shop = try Spine.finished.get()
        let document = try document(shop, shop.rows("SELECT uid FROM kept")[0][0].json.string ?? "")
        let entities = try #require(document["entity"]?.object)
        for table in ["caption", "conditioning", "score", "decision", "snapshot", "export", "model"] {
            #expect(entities.keys.contains { $0.hasPrefix("figment:\(table)-") }, "\(table)")
        }
        let generation = entities.members.first { $0.key.hasPrefix("figment:generation-") }?.value.object
        #expect(generation?["figment:seed"]?.object?["type"] == "xsd:long")
        let runs = try #require(document["activity"]?.object).members.compactMap(\.value.object)
        for run in runs {
            #expect(run["prov:startTime"]?.string?.hasSuffix("Z") == true)
            #expect(run["figment:cpu"]?.string != nil && run["figment:machine"]?.string != nil)
        }
        // What a run made it did not use.
        let made = pairs(document, "wasGeneratedBy")
        #expect(pairs(document, "used").allSatisfy { !made.contains([$0[1], $0[0]]) })
        #expect(pairs(document, "used").count > 5)
    }
}
