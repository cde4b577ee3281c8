import Diagnostics
import Dispatch

/// What another thread makes, which has it to itself until it is waited for.
final class Pending<Value>: @unchecked Sendable {
    private let isMade = DispatchSemaphore(value: 0)
    private var result: Result<Value, Failure>?

    /// Begins to make it.
    init(_ make: @escaping () throws(Failure) -> Value) {
        nonisolated(unsafe) let make = make
        DispatchQueue.global().async {
            self.result = Result { () throws(Failure) in try make() }
            self.isMade.signal()
        }
    }

    /// Waits for it.
    ///
    /// - Throws: what making it threw.
    func value() throws(Failure) -> Value {
        isMade.wait()
        defer { isMade.signal() }
        guard let result else { preconditionFailure("it is made, or has failed") }
        return try result.get()
    }
}
