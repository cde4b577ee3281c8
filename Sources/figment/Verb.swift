/// A command of the front door and the program that carries it out.
struct Verb {
    let name: String
    let summary: String
    /// The program, and the words that come before the user's own.
    let program: [String]

    init(_ name: String, _ summary: String, program: [String]? = nil) {
        self.name = name
        self.summary = summary
        self.program = program ?? ["figment-\(name)"]
    }

    /// Figment's own, in the order in which work is done.
    static let all = [
        Verb("init", "make a new catalog", program: ["figment-catalog", "init"]),
        Verb("import", "bring in concepts, templates, images, or Wardrobe"),
        Verb("caption", "write captions for concepts"),
        Verb("embed", "encode captions into conditionings"),
        Verb("generate", "make images from conditionings"),
        Verb("score", "measure images with CLIP"),
        Verb("filter", "keep or reject images by a rule"),
        Verb("query", "answer an SQL question, read-only"),
        Verb("variant", "define and freeze variants of the dataset"),
        Verb("export", "write a frozen variant for training"),
        Verb("audit", "show where an image came from and why it is in"),
        Verb("report", "make a page of pictures to look at"),
        Verb("status", "show what the catalog holds", program: ["figment-catalog", "status"]),
        Verb("check", "prove that nothing is damaged or missing", program: ["figment-catalog", "check"]),
        Verb("backup", "copy the catalog while others write", program: ["figment-catalog", "backup"]),
        Verb("split", "divide pending work among shards", program: ["figment-catalog", "split"]),
        Verb("merge", "bring in what was made in shards", program: ["figment-catalog", "merge"]),
        Verb("migrate", "bring an older catalog to this version", program: ["figment-catalog", "migrate"]),
    ]
}
