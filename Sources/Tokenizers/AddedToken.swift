import Diagnostics
import JSONValues

/// A token that is found in the text itself, as one, before words are cut.
struct AddedToken {
    /// The text that it is found by.
    let content: String
    /// Its id as the files state it.
    var id: Int?
    /// Whether it is looked for in the normalized text, in normalized form.
    var isNormalized = false

    /// Reads a token that is written as a string or as an object.
    ///
    /// Fields `lstrip` and `rstrip` only decide who owns the white space beside a token; CLIP drops it anyway.
    ///
    /// - Parameters:
    ///   - value: the string or the object.
    ///   - id: the id, where it stands elsewhere.
    ///   - isSpecial: whether it is special, where it does not say so itself.
    ///   - source: the file and the field, for messages.
    init(_ value: JSONValue, id: Int? = nil, isSpecial: Bool, source: String) throws(Failure) {
        if let content = value.string {
            self.content = content
            isNormalized = !isSpecial
        } else {
            let fields = try JSONFields(value, source: source)
            content = try fields.string("content")
            let isSpecial = try fields.boolean("special", default: isSpecial)
            isNormalized = try fields.boolean("normalized", default: !isSpecial)
            guard try !fields.boolean("single_word", default: false) else {
                throw Failure(
                    .badInput, "\(source): 'single_word' is true: tokens inside words are always found",
                    hint: "Use a tokenizer without it.")
            }
        }
        self.id = id
        guard !content.isEmpty else {
            throw Failure(.badInput, "\(source) is an empty token", hint: "Remove it.")
        }
    }

    /// Makes a special token of the given content.
    init(special content: String) { self.content = content }
}
