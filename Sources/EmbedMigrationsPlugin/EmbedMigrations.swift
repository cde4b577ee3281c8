import Foundation
import PackagePlugin

/// Turns the files of migrations/, and schema/catalog.sql, which they make together, into Swift source before
/// CatalogSchema is compiled.
@main
struct EmbedMigrations: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folder = context.package.directoryURL.appending(path: "migrations")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "sql" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
        let snapshot = context.package.directoryURL.appending(path: "schema/catalog.sql")
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedMigrations.swift")
        return [
            .buildCommand(
                displayName: "Embedding \(files.count) migrations",
                executable: try context.tool(named: "embed-migrations").url,
                arguments: [output.path, snapshot.path] + files.map(\.path),
                inputFiles: files + [snapshot],
                outputFiles: [output])
        ]
    }
}
