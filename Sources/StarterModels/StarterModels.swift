import Diagnostics
import Files
import Foundation

/// Finds the models that come with Figment.
public enum StarterModels {
    /// What begins the name of a model that comes with Figment.
    public static let prefix = "starter:"

    /// The names that can be asked for, in the order in which they are shown.
    public static let names = ["starter:clip", "starter:diffusion"]

    /// The directory of a model: of a starter model by its name, otherwise the path itself.
    ///
    /// A starter model is looked for in `$FIGMENT_MODELS`, beside the executable (where SwiftPM builds it) and in
    /// `../share/figment/models` as seen from the executable (where it is installed).
    /// Throws `usage` for a starter model that does not exist, `missingResource` where none of the places has it.
    public static func directory(of model: String) throws(Failure) -> String {
        try directory(
            of: model, environment: ProcessInfo.processInfo.environment["FIGMENT_MODELS"],
            executable: executable)
    }

    static func directory(
        of model: String, environment: String?, executable: String?
    ) throws(Failure) -> String {
        guard model.hasPrefix(prefix) else { return model }
        guard names.contains(model) else {
            throw Failure(
                .usage, "there is no starter model '\(model)'",
                hint: "name one of \(names.joined(separator: ", ")), or a directory")
        }
        let candidates = places(environment: environment, executable: executable).map {
            "\($0)/\(model.dropFirst(prefix.count))"
        }
        guard let found = candidates.first(where: { FileKind(of: $0, followingLinks: true) == .folder })
        else {
            throw Failure(
                .missingResource,
                "\(model) is not installed: looked for \(candidates.joined(separator: ", "))",
                hint: "set FIGMENT_MODELS to the directory that holds the starter models")
        }
        return found
    }

    /// The directories that may hold starter models, the first to look at first.
    private static func places(environment: String?, executable: String?) -> [String] {
        var places: [String] = []
        if let environment, !environment.isEmpty { places.append(environment) }
        if let executable {
            let bin = Path.split(executable).folder
            let root = Path.split(bin).folder
            places.append("\(bin)/figment_StarterModels.resources/Models")
            places.append("\(root)/share/figment/models")
        }
        return places
    }

    /// The running program's file; `Bundle.module` would trap where its resources are missing.
    private static var executable: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }
}
