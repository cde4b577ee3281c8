/// Images that can be counted and named before they are read.
protocol ImageSource {
    /// How many there are.
    var count: Int { get }
    /// By what name one is recorded.
    func name(_ index: Int) -> String
    /// Reads one.
    func candidate(_ index: Int) -> Candidate
}

/// A class as folders and labels name it.
struct ListedConcept {
    let id: Int
    let uid: String
    let key: String
    let name: String

    var ids: ConceptIDs.Concept { ConceptIDs.Concept(id: id, uid: uid) }
}
