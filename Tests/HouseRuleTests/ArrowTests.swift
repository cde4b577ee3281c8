import Foundation
import Testing

/// What Package.swift declares, read as text, held against what Sources import.
///
/// SwiftPM does not stop an undeclared import when the module happens to be built already; this does.
struct ArrowTests {
    let declared: [String: Set<String>]

    init() throws {
        let manifest = try String(
            contentsOf: Repository.root.appending(path: "Package.swift"), encoding: .utf8)
        let common = manifest.firstMatch(of: #/let stageKit: [^=]*=(?<list>[^\]]*\])/#)?.output.list ?? ""
        let declaration = #/(?:module|program|tests)\(\s*"(?<name>[\w-]+)"(?<rest>[^)]*)\)/#
        var declared: [String: Set<String>] = [:]
        for match in manifest.matches(of: declaration) {
            let rest = String(match.output.rest).replacing("stageKit", with: common)
            declared[String(match.output.name)] = Set(
                rest.matches(of: #/"([\w-]+)"/#).map { String($0.output.1) })
        }
        self.declared = declared
    }

    @Test func everyImportIsDeclared() throws {
        let free: Set = ["Dispatch", "Foundation", "Glibc", "Synchronization", "Testing", "TestSupport"]
        var undeclared: [String] = []
        for (target, dependencies) in declared {
            for file in Repository.swiftFiles(under: ["Sources/\(target)", "Tests/\(target)"]) {
                let text = try String(contentsOf: file, encoding: .utf8)
                let imports = text.matches(of: #/(?m)^(?:@testable )?import (?:struct |enum )?(\w+)/#)
                for module in imports.map({ String($0.output.1) }) {
                    let known = dependencies.contains { $0.replacing("-", with: "_") == module }
                    if !known, !free.contains(module) { undeclared.append("\(target) imports \(module)") }
                }
            }
        }
        #expect(undeclared.sorted() == [])
    }

    @Test func theColumnsMeetOnlyInPrograms() throws {
        let records: Set = ["Arguments", "SQLite", "CatalogSchema", "Catalogs", "StageKit", "ExportFormats"]
        let engine: Set = [
            "Kernels", "Tensors", "Layers", "Randomness", "Checkpoints", "Tokenizers", "ImageCodecs",
            "CLIPModels", "DiffusionModels", "LanguageModels", "Operations", "Training", "VisionModels",
            "Wardrobe", "StarterModels",
        ]
        for name in records { #expect(try #require(declared[name]).isDisjoint(with: engine), "\(name)") }
        for name in engine { #expect(try #require(declared[name]).isDisjoint(with: records), "\(name)") }
    }

    @Test func noModelModuleImportsAnother() throws {
        let models = declared.keys.filter { $0.hasSuffix("Models") && $0 != "StarterModels" }
        #expect(models.count >= 2)
        for name in models { #expect(try #require(declared[name]).isDisjoint(with: models), "\(name)") }
    }
}
