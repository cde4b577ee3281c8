import Arguments
import Catalogs
import Diagnostics

/// One step of the work: what is still to do, how it is done, and the rows that record it.
///
/// The catalog is the work list and the point of resumption. `StageCommand` does everything that stages have in
/// common; a stage says only what is its own.
public protocol Stage {
    /// What a batch is made of.
    associatedtype Item: StageItem
    /// What becomes of an item, before it is recorded.
    associatedtype Output: StageOutput

    /// The name, the summary and the stage's own arguments; `StageCommand` adds the common ones.
    static var syntax: CommandSyntax { get }
    /// What the items become, in the plural ("images").
    static var unit: String { get }
    /// How many items make a batch unless the user says otherwise.
    static var defaultBatch: Int { get }
    /// Whether a batch is done so quickly that other writers can wait for it: then nothing has to be claimed.
    static var isInstant: Bool { get }

    /// Reads the arguments, and finds or defines what the stage works with (models, rules); records nothing.
    init(_ arguments: ParsedArguments, _ session: Session) throws(Failure)

    /// What tells this work from any other, for claims: the stage and all settings that shape its rows.
    var work: String { get }
    /// The number of items still to do, claimed or not.
    func countPending(in catalog: Catalog) throws(Failure) -> Int
    /// The next items that nobody holds a claim on, in the order of their ids.
    ///
    /// - Parameter last: the item after which to go on, so that what is done is not looked at again for each
    ///   batch; nil begins at the beginning.
    func pending(in catalog: Catalog, after last: Item?, limit: Int) throws(Failure) -> [Item]
    /// Does the work, without database or clock: the same items give the same outputs.
    func process(_ items: [Item]) throws(Failure) -> [Output]
    /// Appends the rows of a batch, inside the transaction that `StageCommand` opened.
    func append(_ output: Output, payloads: [StoredPayload], run: Run, to catalog: Catalog) throws(Failure)
}

extension Stage {
    /// It is not.
    public static var isInstant: Bool { false }
}

/// Something to be done, as claims name it.
public protocol StageItem {
    /// What tells it from the other items of the same work.
    var claim: String { get }
}

/// What an item became.
public protocol StageOutput {
    /// Large bytes to be put into a pack before the rows that name them.
    var payloads: [[UInt8]] { get }
    /// Why the item was refused, or nil where it went well.
    var refusal: String? { get }
}

extension StageOutput {
    /// None.
    public var payloads: [[UInt8]] { [] }
    /// Not refused.
    public var refusal: String? { nil }
}
