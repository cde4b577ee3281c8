import Arguments
import Diagnostics
import Dispatch
import Files
import Glibc
import StageKit
import Synchronization

/// `fuzz run`: tries cases of all kinds in processes of their own, and tells what became of them.
enum RunCommand {
    private static let cases = Argument<Int>.option(
        "cases", .integer(in: 1...100_000_000), default: 20_000, "how many cases, of all kinds together")
    private static let kinds = Argument<[String]>.repeated("kind", .text("NAME"), "only these kinds")
    private static let workers = Argument<Int>.option(
        "workers", .integer(in: 1...256), default: 2, "how many processes work at a time")

    static let syntax = CommandSyntax(
        "fuzz run", "tries cases of all kinds, and prints a table of what became of them",
        discussion: """
            A case follows from --seed, its kind and its number. Whatever ends a process, keeps silent for 20 \
            seconds, takes more than 1 GiB or breaks a promise is a fault: it is told with the command that tries \
            it again, and the exit status is 1.
            """,
        [cases, kinds, workers] + CasesCommand.places + [CommonArguments.seed])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        // A process that ends by a signal need not say where it was: its case is tried again.
        setenv("SWIFT_BACKTRACE", "enable=no", 1)
        let wanted = arguments[kinds]
        let chosen = KindOfCase.all.filter { wanted.isEmpty || wanted.contains($0.name) }
        let shares = chosen.reduce(0) { $0 + $1.share }
        var chunks: [Chunk] = []
        for kind in chosen {
            let count = max(
                1, Int((Double(arguments[cases]) * Double(kind.share) / Double(shares)).rounded()))
            let size = max(1, min(20_000, (count + 2 * arguments[workers] - 1) / (2 * arguments[workers])))
            chunks += stride(from: 0, to: count, by: size).map {
                Chunk(kind: kind.name, cases: $0..<min($0 + size, count))
            }
        }
        // The slowest first, so that nobody waits for one at the end.
        let rest = Mutex(chunks.reversed()[...])
        let tallies = Mutex(Dictionary(uniqueKeysWithValues: chosen.map { ($0.name, Tally()) }))
        let failure = Mutex<Failure?>(nil)
        DispatchQueue.concurrentPerform(iterations: arguments[workers]) { worker in
            while failure.withLock({ $0 }) == nil, let chunk = rest.withLock({ $0.popFirst() }) {
                do throws(Failure) {
                    let tally = try Worker(worker, arguments).tally(of: chunk)
                    tallies.withLock { $0[chunk.kind]?.add(tally) }
                } catch {
                    failure.withLock { $0 = error }
                }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        let found = tallies.withLock { $0 }
        StandardOutput.write(Tally.table(chosen.map { ($0.name, found[$0.name] ?? Tally()) }))
        return found.values.allSatisfy(\.faults.isEmpty) ? .success : .found
    }
}

/// Cases of one kind that a process tries.
struct Chunk: Sendable {
    let kind: String
    var cases: Range<Int>
}

/// Has processes try chunks, and goes on behind the case by which one has ended.
struct Worker {
    private let scratch: String
    private let words: [String]
    private let fuzz: String

    init(_ number: Int, _ arguments: ParsedArguments) throws(Failure) {
        scratch = try Path.absolute("\(arguments[CasesCommand.scratch])/\(getpid())-\(number)")
        words = [
            "--seed", String(arguments[CommonArguments.seed]), "--scratch", scratch,
            "--fixtures", try Path.absolute(arguments[CasesCommand.fixtures]),
            "--made", try Path.absolute(arguments[CasesCommand.made]),
        ]
        guard let own = try Path.resolved("/proc/self/exe") else { throw Failure(.io, "no /proc") }
        fuzz = own
    }

    func tally(of chunk: Chunk) throws(Failure) -> Tally {
        defer { clear() }
        var (tally, cases) = (Tally(), chunk.cases)
        while !cases.isEmpty {
            clear()
            _ = try Folder.make(scratch)
            let range = ["--first", String(cases.lowerBound), "--count", String(cases.count)]
            let process = Subprocess(
                program: fuzz, words: ["cases", chunk.kind] + range + words, silence: 60)
            var reader = VerdictReader(kind: chunk.kind, first: cases.lowerBound)
            let ending = try process.run { reader.read($0, at: $1) }
            cases = cases.dropFirst(reader.count)
            if ending.wasSilent {
                reader.note("says nothing for 60 seconds")
            } else if ending.status < 0 {
                reader.note("signal \(-ending.status)")
            } else if ending.status > 1 {
                throw Failure(.io, "cases of kind \(chunk.kind) cannot be tried: \(ending.output)")
            }
            if reader.hasEnded { cases = cases.dropFirst() }
            reader.tally.peak = ending.peak
            tally.add(reader.tally)
        }
        return tally
    }

    private func clear() {
        let (above, name) = Path.split(scratch)
        if let name = FileName(name), let folder = try? Folder(above) { folder.removeAll(name) }
    }
}

/// Reads what `fuzz cases` writes.
struct VerdictReader {
    var tally = Tally()
    /// How many cases are done.
    private(set) var count = 0
    /// Whether the case after those ended the process.
    private(set) var hasEnded = false
    private let kind: String
    private let first: Int
    private var line: [UInt8]?
    private var last = 0.0

    init(kind: String, first: Int) {
        self.kind = kind
        self.first = first
    }

    mutating func read(_ bytes: [UInt8], at seconds: Double) {
        // The first case waits for what all of them need.
        if count > 0 { tally.slowest = max(tally.slowest, seconds - last) }
        last = seconds
        for byte in bytes {
            if let begun = line {
                line = byte == UInt8(ascii: "\n") ? nil : begun + [byte]
                guard line == nil else { continue }
                note(String(decoding: begun, as: UTF8.self), endsProcess: false)
                count += 1
            } else if byte == UInt8(ascii: "!") {
                line = []
            } else if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "x") {
                count += 1
                if byte == UInt8(ascii: "x") { tally.refused += 1 } else { tally.taken += 1 }
            }
        }
    }

    /// Notes a fault of the case after those that are done.
    mutating func note(_ fault: String, endsProcess: Bool = true) {
        hasEnded = endsProcess
        tally.faults.append("\(kind) \(first + count): \(fault)")
    }
}
