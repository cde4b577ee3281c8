import Arguments
import Foundation
import StageKit
import TestSupport
import Testing

@testable import figment
@testable import figment_audit
@testable import figment_caption
@testable import figment_catalog
@testable import figment_embed
@testable import figment_export
@testable import figment_filter
@testable import figment_generate
@testable import figment_import
@testable import figment_query
@testable import figment_report
@testable import figment_score
@testable import figment_variant

struct HelpTests {
    /// What every command declares.
    static let syntaxes: [CommandSyntax] = [
        figment_catalog.InitCommand.syntax, figment_catalog.MigrateCommand.syntax,
        figment_catalog.StatusCommand.syntax, figment_catalog.CheckCommand.syntax, BackupCommand.syntax,
        figment_catalog.SplitCommand.syntax, figment_catalog.MergeCommand.syntax,
        figment_import.ConceptsCommand.syntax, figment_import.TemplatesCommand.syntax,
        figment_import.ImagesCommand.syntax, figment_import.WardrobeCommand.syntax,
        StageCommand<CaptionStage>.syntax, StageCommand<EmbedStage>.syntax,
        StageCommand<GenerateStage>.syntax, StageCommand<ScoreStage>.syntax,
        StageCommand<FilterStage>.syntax, QueryCommand.syntax, figment_variant.DefineCommand.syntax,
        figment_variant.DiffCommand.syntax, figment_variant.FreezeCommand.syntax,
        figment_variant.ListCommand.syntax, figment_variant.ShowCommand.syntax,
        figment_variant.WhatIfCommand.syntax, ExportCommand.syntax, figment_audit.ImageCommand.syntax,
        DownstreamCommand.caption.syntax, DownstreamCommand.concept.syntax, DownstreamCommand.model.syntax,
        DownstreamCommand.run.syntax, figment_audit.SnapshotCommand.syntax, DirectoryCommand.syntax,
        ReportCommand.syntax,
    ]

    @Test(arguments: syntaxes.map(\.name))
    func everyCommandExplainsEveryArgument(name: String) throws {
        let syntax = try #require(Self.syntaxes.first { $0.name == name })
        let words = name.split(separator: " ").map(String.init)
        let command = try Command.run(words[0], Array(words.dropFirst()) + ["--help"])
        #expect(command.status == 0)
        #expect(command.errors == "")
        #expect(command.output == syntax.help)
        for usage in syntax.arguments.map(\.usage) {
            let mark = usage.isPositional ? "\n  \(usage.name) " : "\n  --\(usage.name)"
            #expect(command.output.contains(mark), "\(usage.name)")
            #expect(!usage.help.hasSuffix("."), "\(usage.help)")
        }
        expectNarrow(command.output)
    }

    @Test(arguments: ["figment-catalog", "figment-import", "figment-variant", "figment-audit"])
    func everyGroupListsItsCommands(program: String) throws {
        let command = try Command.run(program, ["--help"])
        #expect(command.status == 0)
        #expect(command.errors == "")
        let table = command.output.split(separator: "Commands:\n").last?.split(separator: "\n\n").first ?? ""
        let listed = table.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first.map { "\(program) \($0)" } }
        #expect(listed == Self.syntaxes.map(\.name).filter { $0.hasPrefix("\(program) ") })
        expectNarrow(command.output)
    }

    @Test func theFrontDoorListsEveryProgram() throws {
        let manifest = try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../Package.swift").standardizedFileURL, encoding: .utf8)
        let products = Set(
            manifest.matches(of: #/program\(\s*"(figment-[\w-]+)"/#).map { String($0.output.1) })
        #expect(products.count >= 12)
        #expect(Set(Verb.all.map { $0.program[0] }) == products)
        #expect(
            Set(Self.syntaxes.compactMap { $0.name.split(separator: " ").first.map(String.init) }) == products
        )

        let help = try Command.run("figment", ["--help"])
        #expect(help.status == 0)
        #expect(help.errors == "")
        for verb in Verb.all { #expect(help.output.contains("\n  \(verb.name) "), "\(verb.name)") }
        expectNarrow(help.output)
        #expect(try Command.run("figment", []).output == help.output)
        #expect(try Command.run("figment", ["--version"]).output == "figment \(ProgramVersion.current)\n")
    }

    @Test func theFrontDoorRunsAnyonesProgram() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("figment-greet", "#!/bin/sh\necho \"greetings $1\"; exit 7\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        let search = "\(folder.url.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
        let command = try Command.run("figment", ["greet", "you"], environment: ["PATH": search])
        #expect(command.status == 7)
        #expect(command.output == "greetings you\n")
    }

    private func expectNarrow(_ text: String) {
        for line in text.split(separator: "\n") where line.count > 80 { Issue.record("\(line)") }
    }
}
