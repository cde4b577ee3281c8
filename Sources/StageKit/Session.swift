import Arguments
import Catalogs
import Diagnostics
import Digests
import Files
import JSONValues

/// One invocation of a program that appends: the open catalog, the run that its rows belong to, the pack that
/// its payloads go into.
///
/// The run is recorded with the first row that needs it, so that a program which finds nothing to do leaves the
/// catalog as it was.
public final class Session {
    /// The catalog that is read and appended to.
    public let catalog: Catalog
    /// The arguments of the invocation.
    public let arguments: ParsedArguments
    private let program: String
    private let seed: Int?
    private let threads: Int
    private var run: Run?
    private var hasEnded = false
    private var payloads: PayloadWriter?
    /// In the order in which they must be recorded: a later one may refer to an earlier one.
    var definitions: [Definition] = []
    /// How paths are recorded.
    public let paths: RecordedPaths
    /// What the work is kept to.
    private(set) var scope = Scope.all

    /// Opens the catalog that the arguments name and does the work of `body`; a failure is noted with the run, where
    /// anything was recorded.
    public static func run(
        _ program: String, _ arguments: ParsedArguments, seed: Int? = nil, threads: Int = 1,
        _ body: (Session) throws(Failure) -> ExitStatus
    ) throws(Failure) -> ExitStatus {
        let session = try Session(program, arguments, seed: seed, threads: threads)
        do {
            return try body(session)
        } catch {
            try? session.note(.failed, message: error.summary)
            try? session.close()
            throw error
        }
    }

    /// Opens the catalog that the arguments name.
    public init(
        _ program: String, _ arguments: ParsedArguments, seed: Int? = nil, threads: Int = 1
    ) throws(Failure) {
        self.program = program
        self.arguments = arguments
        self.seed = seed
        self.threads = threads
        paths = try RecordedPaths(arguments)
        catalog = try Catalog.open(at: CommonArguments.catalogPath(arguments), mode: .readWrite)
    }

    /// Whether anything was recorded.
    var isRecorded: Bool { run != nil }

    /// Does all appending of `body` in one transaction, under the run of this invocation, after the definitions that
    /// are not recorded yet.
    public func write<Result>(_ body: (Run) throws(Failure) -> Result) throws(Failure) -> Result {
        let runBefore = run
        let unrecorded = definitions.filter { $0.id == nil }
        do throws(Failure) {
            return try catalog.write { () throws(Failure) in
                let run = try currentRun()
                for definition in unrecorded { definition.id = try definition.record(run, catalog) }
                return try body(run)
            }
        } catch {
            // What was rolled back took along a run and definitions that were recorded in it.
            run = runBefore
            for definition in unrecorded { definition.id = nil }
            throw error
        }
    }

    /// Appends a refusal: what could not be done, and why; the run goes on.
    public static func refuse(
        stage: String, kind: String, subject: String, reason: String, run: Run, in catalog: Catalog
    ) throws(Failure) {
        let reason = Path.withoutFolders(in: reason)
        let uid = UID(
            of: "refusal",
            [
                ("reason", .string(reason)), ("stage", .string(stage)), ("subject", .string(subject)),
                ("subject_kind", .string(kind)),
            ])
        try catalog.append(
            "refusal", uid,
            [
                "stage": .text(stage), "subject_kind": .text(kind), "subject": .text(subject),
                "reason": .text(reason), "run_id": .integer(run.id),
            ])
    }

    /// Keeps the work to the ids that a user's query yields; nil lets everything through.
    ///
    /// - Throws: badInput where the query yields anything but one column of integers.
    func restrict(to sql: String?) throws(Failure) {
        guard let sql else { return }
        let ids = try catalog.chosenIDs(by: sql)
        try catalog.write { () throws(Failure) in
            try catalog.execute("CREATE TEMP TABLE chosen (id INTEGER PRIMARY KEY) STRICT")
            for id in ids {
                try catalog.execute("INSERT OR IGNORE INTO temp.chosen VALUES (?)", [.integer(id)])
            }
        }
        scope = .chosen
    }

    /// Puts large bytes into a pack, committed before any row can name them.
    public func store(_ bytes: [[UInt8]]) throws(Failure) -> [StoredPayload] {
        guard !bytes.isEmpty else { return [] }
        let writer: PayloadWriter
        if let payloads {
            writer = payloads
        } else {
            writer = try write { run throws(Failure) in catalog.payloadWriter(run: run) }
            payloads = writer
        }
        return try writer.put(bytes)
    }

    /// Notes what happened, if anything was recorded at all and the run has not ended.
    public func note(
        _ kind: RunEvent, appended: Int = 0, refused: Int = 0, message: String? = nil
    ) throws(Failure) {
        guard let run, !hasEnded else { return }
        let message =
            arguments[CommonArguments.recordHost] ? message : message.map { Path.withoutFolders(in: $0) }
        try catalog.write { () throws(Failure) in
            try run.append(kind, appended: appended, refused: refused, message: message, to: self.catalog)
        }
        hasEnded = kind.isLast
    }

    /// Releases the pack and brings the write-ahead log into the catalog.
    public func close() throws(Failure) {
        try payloads?.close()
        payloads = nil
        if run != nil { try catalog.checkpoint() }
    }

    private func currentRun() throws(Failure) -> Run {
        if let run { return run }
        let run = try Run.begin(
            in: catalog, program: program, version: ProgramVersion.current,
            options: arguments.json(recording: paths.recorded), seed: seed, threads: threads,
            namesHost: arguments[CommonArguments.recordHost])
        self.run = run
        return run
    }
}
