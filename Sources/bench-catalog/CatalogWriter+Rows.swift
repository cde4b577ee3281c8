import Catalogs
import Diagnostics
import Digests
import JSONValues

extension CatalogWriter {
    /// Every concept in the first template, then in the second: the order in which `figment caption` writes them.
    private func place(ofCaption number: Int) -> (concept: Int, template: Int) {
        (number % Plan.concepts, number / Plan.concepts)
    }

    private func concept(ofImage number: Int) -> Int {
        place(ofCaption: number / Plan.imagesPerConditioning).concept
    }

    func writeCaptions() throws(Failure) -> [Entry] {
        try append("caption", plan.captions) { number in
            let place = place(ofCaption: number)
            let text = material.texts[place.template].replacing(
                "{}", with: Material.conceptName(place.concept))
            let concept = material.concepts[place.concept]
            let template = material.templates[place.template]
            let uid = UID(
                of: "caption",
                [
                    ("concept", .string(concept.uid.hex)), ("strategy", "template"), ("text", .string(text)),
                    ("template", .string(template.uid.hex)),
                ])
            return (
                uid,
                [
                    "text": .text(text), "strategy": "template", "status": "accepted",
                    "concept_id": .integer(concept.id), "template_id": .integer(template.id),
                ]
            )
        }
    }

    func writeConditionings(of captions: [Entry]) throws(Failure) -> [Entry] {
        let model = material.diffusion
        let payload = payloads.conditioning
        return try append("conditioning", plan.conditionings) { number in
            let caption = captions[number - plan.captions.lowerBound]
            let uid = UID(
                of: "conditioning",
                [
                    ("caption", .string(caption.uid.hex)), ("kind", "text"),
                    ("model", .string(model.uid.hex)),
                ])
            return (
                uid,
                [
                    "kind": "text", "model_id": model.reference, "caption_id": .integer(caption.id),
                    "concept_id": .integer(material.concepts[place(ofCaption: number).concept].id),
                    "tokens": .integer(Payloads.tokens), "width": .integer(Payloads.width),
                    "used_tokens": 12, "truncated": 0, "payload_sha256": .text(payload.digest.hex),
                    "pack_id": .integer(payload.packID),
                ]
            )
        }
    }

    func writeGenerations(of conditionings: [Entry]) throws(Failure) -> [Entry] {
        try append("generation", plan.made) { number in
            let (row, ordinal) = number.quotientAndRemainder(dividingBy: Plan.imagesPerConditioning)
            let conditioning = conditionings[row - plan.conditionings.lowerBound]
            let uid = UID(
                of: "generation",
                [
                    ("conditioning", .string(conditioning.uid.hex)), ("ordinal", .integer(ordinal)),
                    ("sampling", .string(material.sampling.uid.hex)),
                ])
            return (
                uid,
                [
                    "sampling_id": .integer(material.sampling.id),
                    "conditioning_id": .integer(conditioning.id), "ordinal": .integer(ordinal),
                    "seed": .integer(
                        GenerationSeed.seed(of: conditioning.uid.hex, ordinal, base: Material.samplingSeed)),
                ]
            )
        }
    }

    func writeImages(of generations: [Entry], _ captions: [Entry]) throws(Failure) -> [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(plan.made.count)
        // A batch's files are in the pack before the rows that name them.
        let batch = 100_000
        for start in stride(from: plan.made.lowerBound, to: plan.made.upperBound, by: batch) {
            let numbers = start..<min(start + batch, plan.made.upperBound)
            let files = try payloads.files(numbers)
            entries += try append("image", numbers) { number in
                let file = files[number - start]
                let generation = generations[number - plan.made.lowerBound]
                let caption = captions[
                    number / Plan.imagesPerConditioning - plan.captions.lowerBound]
                return (
                    UID(of: "image", [("generation", .string(generation.uid.hex))]),
                    [
                        "origin": "generated", "generation_id": .integer(generation.id),
                        "concept_id": .integer(material.concepts[concept(ofImage: number)].id),
                        "caption_id": .integer(caption.id), "format": "png",
                        "width": .integer(Payloads.side), "height": .integer(Payloads.side),
                        "byte_count": .integer(file.stored.byteCount),
                        "file_sha256": .text(file.stored.digest.hex),
                        "pixel_sha256": .text(file.pixelDigest), "pack_id": .integer(file.stored.packID),
                    ]
                )
            }
        }
        return entries
    }

    private static let chanceLevel = 1 / Double(Plan.concepts)

    /// Most images are taken for what they should be, with a probability near 1; a tenth are far off.
    private func value(ofImage number: Int) -> Double {
        let fraction = chance.fraction(5, number)
        return fraction < 0.1 ? fraction * fraction * 0.2 : 1 - (1 - fraction) * (1 - fraction)
    }

    func writeScores(of images: [Entry]) throws(Failure) -> [Entry] {
        let start = plan.made.lowerBound
        return try append("score", start..<start + plan.scored) { number in
            let image = images[number - start]
            let own = concept(ofImage: number)
            let best =
                value(ofImage: number) > 0.3 ? own : Int(chance.bits(6, number) % UInt64(Plan.concepts))
            let uid = UID(
                of: "score",
                [
                    ("image", .string(image.uid.hex)),
                    ("measurement", .string(material.measurement.uid.hex)),
                ])
            return (
                uid,
                [
                    "measurement_id": .integer(material.measurement.id), "image_id": .integer(image.id),
                    "concept_id": .integer(material.concepts[best].id),
                    "value": .real(value(ofImage: number)),
                ]
            )
        }
    }

    func writeDecisions(on scores: [Entry], of images: [Entry]) throws(Failure) {
        let start = plan.made.lowerBound
        _ = try append("decision", start..<start + plan.decided) { number in
            let image = images[number - start]
            let score = scores[number - start]
            let value = value(ofImage: number)
            let isKept = value > Self.chanceLevel
            let uid = UID(
                of: "decision",
                [
                    ("filter_rule", .string(material.rule.uid.hex)), ("image", .string(image.uid.hex)),
                    ("score", .string(score.uid.hex)),
                ])
            return (
                uid,
                [
                    "filter_rule_id": .integer(material.rule.id), "image_id": .integer(image.id),
                    "score_id": .integer(score.id), "verdict": isKept ? "kept" : "rejected",
                    "value": .real(value), "threshold": .real(Self.chanceLevel),
                    "reason": .text(
                        "clip-confidence \(value) is \(isKept ? "" : "not ")above \(Self.chanceLevel)"),
                ]
            )
        }
    }
}
