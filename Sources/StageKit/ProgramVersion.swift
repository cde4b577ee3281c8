/// The version of these programs, recorded with every run.
public enum ProgramVersion {
    /// Semantic version; before 1.0 anything but a landed migration may change.
    public static let current = "0.1.0"
}
