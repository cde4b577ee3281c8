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
    /// An item with all that its work needs.
    associatedtype Input = Item
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

    /// How many passes there are over what can be worked on.
    var passCount: Int { get }
    /// A pass, from 0: the SQL that finds what is still to do.
    func pass(_ number: Int) -> Pass<Item>
    /// How many bytes of memory an item holds until its batch is recorded: a batch is cut where they add up to 256 MiB.
    func byteCount(of item: Item) -> Int
    /// Reads what else the work needs, such as payloads, once the items are claimed and others can write again.
    func load(_ items: [Item], from catalog: Catalog) throws(Failure) -> [Input]
    /// Does the work, without database or clock: the same items give the same outputs.
    func process(_ inputs: [Input]) throws(Failure) -> [Output]
    /// Appends the rows of a batch, inside the transaction that `StageCommand` opened.
    func append(_ output: Output, payloads: [StoredPayload], run: Run, to catalog: Catalog) throws(Failure)
}

extension Stage {
    /// It is not.
    public static var isInstant: Bool { false }
    /// One.
    public var passCount: Int { 1 }
    /// Next to nothing.
    public func byteCount(of item: Item) -> Int { 0 }
}

extension Stage where Input == Item {
    /// An item is all that is needed.
    public func load(_ items: [Item], from catalog: Catalog) -> [Item] { items }
}

/// Something to be done on a row.
public protocol StageItem {
    /// The id that its pass walks over.
    var id: Int { get }
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
