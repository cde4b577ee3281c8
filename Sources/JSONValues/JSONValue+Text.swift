extension JSONValue {
    /// The value as compact JSON, members in the order they have.
    ///
    /// Reals always have a decimal point or an exponent, so that readers that infer types never take them for
    /// integers; a real that is not finite becomes null, since JSON has no word for it.
    public var text: String { written(sorted: false) }

    /// The one spelling of the value that digests are taken of: compact, members sorted by their keys' UTF-8.
    public var canonicalText: String { written(sorted: true) }

    private func written(sorted: Bool) -> String {
        var writer = JSONWriter()
        writer.write(self, sorted: sorted)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
