/// Images that can be counted and named before they are read.
protocol ImageSource {
    /// How many there are.
    var count: Int { get }
    /// What is recorded for the file or the folder that they come from.
    var place: String { get }
    /// The same as catalogs of earlier versions have it: its path in full.
    var fullPlace: String { get }
    /// By what name one is recorded, behind a place.
    func name(_ index: Int, in place: String) -> String
    /// Reads one.
    func candidate(_ index: Int) -> Candidate
}

extension ImageSource {
    /// By what name one is recorded.
    func name(_ index: Int) -> String { name(index, in: place) }
}

/// A class as folders and labels name it.
struct ListedConcept {
    let id: Int
    let uid: String
    let key: String
    let name: String

    var ids: ConceptIDs.Concept { ConceptIDs.Concept(id: id, uid: uid) }
}
