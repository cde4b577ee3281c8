import Diagnostics

extension ExportFormat {
    /// Image files in a folder per class, with `metadata.jsonl` per split, for Hugging Face's imagefolder and
    /// torchvision's `ImageFolder` alike.
    public static let imageFolder = imageFolder(folderLimit: 5000)

    /// The same with another number of images after which a class gets one more folder.
    static func imageFolder(folderLimit: Int) -> ExportFormat {
        ExportFormat(
            name: "imagefolder", writesManyFiles: true,
            pattern: { "\($0)/**" },
            shardName: { split, _ in ImageFolderLayout.metadata(of: split) },
            placeKey: ImageFolderLayout.placeKey,
            makeWriter: { ImageFolderWriter($0, ImageFolderLayout($0.classes, folderLimit), in: $1) },
            readBack: { directory, manifest, checker in
                let layout = ImageFolderLayout(checker.classes, folderLimit)
                ImageFolderReader(directory: directory, manifest: manifest, checker: checker, layout: layout)
                    .readBack()
            },
            // Measured: the imagefolder builder of datasets 5.2.0 ignores what a README says of columns.
            features: { _, _ in [] },
            usage: { plan in
                """
                ```python
                import torchvision

                \(plan.splits[0].name) = torchvision.datasets.ImageFolder("\(plan.splits[0].name)")
                ```

                The folders of the classes begin with the label, so that their order is that of the labels. torchvision
                numbers only the classes that a split has: where one is missing, take the label from the folder's name.
                `metadata.jsonl` has a row for every image of its split.
                """
            })
    }
}

/// Where the images of a split stand: `SPLIT/CLASS/KEY.png`, and from the 5,001st of a class on
/// `SPLIT/CLASS/0001/KEY.png` and so on, because hubs and file systems dislike crowded folders.
struct ImageFolderLayout {
    /// The name of each class's folder, by label.
    let folders: [String]
    private let folderLimit: Int
    private var counts: [Int]

    /// The column with an image's path relative to its split; readers know it by this name.
    static let placeKey = "file_name"

    /// The file with the rows of a split; readers know it by this name.
    static func metadata(of split: String) -> String { "\(split)/metadata.jsonl" }

    /// Names the folders of classes, each for at most `folderLimit` images.
    init(_ classes: [ExportClass], _ folderLimit: Int) {
        self.folderLimit = folderLimit
        let width = String(max(0, classes.count - 1)).utf8.count
        folders = classes.enumerated().map { label, itsClass in
            let digits = String(label)
            let number = String(repeating: "0", count: width - digits.utf8.count) + digits
            let words = Self.slug(itsClass.name)
            return words.isEmpty ? number : "\(number)_\(words)"
        }
        counts = [Int](repeating: 0, count: classes.count)
    }

    /// The number of the folder, inside its class's, that the next image of a class stands in; 0 is the class's own.
    mutating func nextFolder(of label: Int) -> Int {
        defer { counts[label] += 1 }
        return counts[label] / folderLimit
    }

    /// The path of an image relative to its split.
    func path(label: Int, folder: Int, file: String) -> String {
        folder == 0 ? "\(folders[label])/\(file)" : "\(folders[label])/\(Self.folderName(folder))/\(file)"
    }

    /// The name of a folder inside a class's, from 1.
    static func folderName(_ folder: Int) -> String {
        let digits = String(folder)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    /// A name cut down to what is safe in every file system and archive: lowercase ASCII letters, digits and
    /// underscores, at most 40.
    static func slug(_ name: String) -> String {
        var result = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9": result.unicodeScalars.append(scalar)
            case "A"..."Z": result += String(scalar).lowercased()
            default: if !result.isEmpty, !result.hasSuffix("_") { result += "_" }
            }
            if result.utf8.count == 40 { break }
        }
        return result.hasSuffix("_") ? String(result.dropLast()) : result
    }
}
