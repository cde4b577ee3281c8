import Diagnostics

/// How much memory a computation needs, known before it is taken.
public struct MemoryNeed: Hashable, Sendable {
    /// The bytes at the greatest.
    public let bytes: Int

    /// The need of tensors that take so many bytes at once.
    ///
    /// What is not a tensor is estimated: 32 MiB for the program, and for each thread the scratch memory of its kernels,
    /// no more than 48 MiB and in small networks about a sixteenth of everything.
    public init(tensorBytes: Int) {
        bytes = tensorBytes + (32 << 20) + Parallelism.threadCount * min(tensorBytes / 16, 48 << 20)
    }

    /// The need of what `body` does, measured in a dry run of it.
    public init(of body: () throws(Failure) -> Void) throws(Failure) {
        let meter = MemoryMeter()
        try meter.measure(body)
        self.init(tensorBytes: meter.peak)
    }

    /// Throws `outOfMemory` where there is less than needed, and says how much of both there is.
    ///
    /// - Parameters:
    ///   - activity: what it is for, as the subject of a sentence.
    ///   - held: the bytes that the computation has already.
    ///   - available: the bytes that are to be had; nil where nobody knows, which lets everything pass.
    ///   - hint: what to do about it.
    public func check(
        _ activity: String, held: Int = 0, available: Int? = AvailableMemory.bytes, hint: String
    ) throws(Failure) {
        guard let available, bytes - held > available else { return }
        let more = held > 0 ? " more" : ""
        throw Failure(
            .outOfMemory,
            "\(activity) needs \(mebibytes(bytes - held))\(more) of memory, and \(mebibytes(available)) are available",
            hint: hint)
    }

    /// Throws `outOfMemory` where there is less memory than `body` needs; inside of a dry run nothing is checked.
    public static func check(
        _ activity: String, available: Int? = AvailableMemory.bytes, hint: String,
        _ body: () throws(Failure) -> Void
    ) throws(Failure) {
        guard !MemoryMeter.isDryRun else { return }
        try MemoryNeed(of: body).check(activity, available: available, hint: hint)
    }
}

private func mebibytes(_ bytes: Int) -> String { "\((bytes + (1 << 20) - 1) >> 20) MiB" }
