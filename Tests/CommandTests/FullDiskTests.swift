import Foundation
import TestSupport
import Testing

/// Every step of the work on a disk that is full: at once, and only when the log is brought into the catalog.
struct FullDiskTests {
    /// Runs the step where no file may grow past a size.
    private func run(_ trial: Trial, fileSize: Int) throws -> Command {
        let program = Command.programs.appending(path: "figment").path
        // sh counts in blocks of 512 bytes. The signal is ignored: writing fails, as it does on a full disk.
        return try Command.system(
            "sh",
            ["-c", "trap '' XFSZ; ulimit -f \(fileSize / 512); exec \"$@\"", "sh", program] + trial.words,
            in: trial.shop.folder.url, environment: ["FIGMENT_CATALOG": trial.shop.catalog])
    }

    @Test(arguments: Step.all)
    func leavesASoundCatalogAndIsDoneAgain(step: Step) throws {
        let trial = try Trial(step)
        try trial.reset()
        let catalog = try FileManager.default.attributesOfItem(atPath: trial.shop.catalog)
        let size = try #require(catalog[.size] as? Int)
        // Too little for the log's index; for a pack or a first batch; for more pages of the catalog's own file.
        var failed = 0
        for limit in [8 << 10, 48 << 10, size] {
            try trial.reset()
            let command = try run(trial, fileSize: limit)
            #expect([0, 74].contains(command.status), "\(step.name), \(limit): \(command.errors)")
            if command.status != 0 {
                failed += 1
                #expect(command.errors.contains("hint: "), "\(step.name), \(limit): \(command.errors)")
            }
            #expect(try trial.shop.damage() == "", "\(step.name), \(limit)")
            try trial.finish("\(step.name), \(limit)")
        }
        #expect(failed > 0, "\(step.name)")
    }
}
