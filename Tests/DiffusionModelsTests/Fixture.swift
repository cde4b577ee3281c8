import Foundation

/// The committed files under Tests/Fixtures.
enum Fixture {
    static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures").appendingPathComponent(name).path
    }

    /// The bytes of a file, given under Tests/Fixtures or by an absolute path.
    static func bytes(_ name: String) -> [UInt8] {
        let path = name.hasPrefix("/") ? name : path(name)
        guard let data = FileManager.default.contents(atPath: path) else {
            preconditionFailure("no fixture \(name)")
        }
        return Array(data)
    }
}

/// The largest difference, relative to the largest magnitude expected; infinite where a value is not finite.
func relativeError(_ actual: some Collection<Float>, _ expected: some Collection<Float>) -> Float {
    guard actual.count == expected.count else { return .infinity }
    var difference: Float = 0
    var magnitude: Float = 0
    for (a, b) in zip(actual, expected) {
        guard a.isFinite, b.isFinite else { return .infinity }
        difference = max(difference, abs(a - b))
        magnitude = max(magnitude, abs(b))
    }
    return difference / max(magnitude, .leastNormalMagnitude)
}
