import Texts

/// A page that needs nothing but itself and the images beside it.
struct ReportPage {
    let html: String

    init(_ entries: [ReportEntry]) {
        var sections = ""
        var rest = entries[...]
        while let concept = rest.first?.concept {
            let group = rest.prefix { $0.concept == concept }
            rest = rest.dropFirst(group.count)
            let rejected = group.count { $0.isKept == false }
            sections += """
                <h2>\(HTMLText.escaped(concept))</h2>
                <p>\(group.count) shown, \(rejected) of them rejected</p>
                <div class="grid">
                \(group.map(Self.figure).joined(separator: "\n"))
                </div>

                """
        }
        html = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>Figment: generated images</title>
            <style>
            body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #222 }
            h2 { margin: 2rem 0 0 }
            p { margin: 0 0 .5rem; color: #666 }
            .grid { display: grid; grid-template-columns: repeat(auto-fill, 110px); gap: 10px }
            figure { margin: 0 }
            img { width: 96px; height: 96px; object-fit: contain; image-rendering: pixelated; border: 4px solid #ddd }
            .kept img { border-color: #3a8f4f }
            .rejected img { border-color: #d02020 }
            figcaption { font-size: 11px; color: #555; overflow-wrap: anywhere }
            </style>
            <h1>Generated images</h1>
            <p>Green: kept. Red: rejected. Grey: not decided. Point at an image for its uid and the reason.</p>
            \(sections)</html>

            """
    }

    private static func figure(_ entry: ReportEntry) -> String {
        let state = entry.isKept.map { $0 ? "kept" : "rejected" } ?? "undecided"
        let title = [entry.uid.hex, entry.seed.map { "seed \($0)" }, entry.reasons].compactMap { $0 }
            .filter { !$0.isEmpty }.joined(separator: "\n")
        return """
            <figure class="\(state)" title="\(HTMLText.escaped(title))">\
            <img src="images/\(entry.file)" alt="\(HTMLText.escaped(entry.caption))" loading="lazy">\
            <figcaption>\(HTMLText.escaped(entry.caption))</figcaption></figure>
            """
    }
}
