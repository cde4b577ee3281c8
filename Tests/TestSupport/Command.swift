import Foundation

/// A program of this package as it was built beside the tests, run to its end.
public struct Command {
    /// The exit status; a signal's number as a negative.
    public let status: Int32
    /// What it wrote on standard output.
    public let output: String
    /// What it wrote on standard error.
    public let errors: String

    /// Runs `program` with arguments, in a folder, with variables added to the environment.
    public static func run(
        _ program: String, _ arguments: [String], in folder: URL? = nil, environment: [String: String] = [:]
    ) throws -> Command {
        let process = Process()
        process.executableURL = programs.appending(path: program)
        return try finish(process, arguments, folder, environment)
    }

    /// Runs a program of the system's, found on PATH.
    public static func system(
        _ program: String, _ arguments: [String], in folder: URL? = nil, environment: [String: String] = [:]
    ) throws -> Command {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        return try finish(process, [program] + arguments, folder, environment)
    }

    /// Starts `program` and hands back the process, for tests that stop it in mid-work.
    public static func start(_ program: String, _ arguments: [String], in folder: URL? = nil) throws
        -> Process
    {
        let process = Process()
        process.executableURL = programs.appending(path: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// The folder in which the build put programs and tests.
    public static var programs: URL {
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
        let own = bundle?.bundleURL ?? URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        return own.deletingLastPathComponent()
    }

    private static func finish(
        _ process: Process, _ arguments: [String], _ folder: URL?, _ environment: [String: String]
    ) throws -> Command {
        // Files, not pipes: nothing can block on a full pipe, however much is written.
        let streams = try TemporaryFolder()
        let paths = ["output", "errors"].map { streams.path($0) }
        for path in paths { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        let handles = try paths.map { try FileHandle(forWritingTo: URL(filePath: $0)) }
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handles[0]
        process.standardError = handles[1]
        try process.run()
        process.waitUntilExit()
        for handle in handles { try handle.close() }
        let texts = try paths.map { String(decoding: try Data(contentsOf: URL(filePath: $0)), as: UTF8.self) }
        let status =
            process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return Command(status: status, output: texts[0], errors: texts[1])
    }
}
