/// The work that a catalog's shards are made for: what they divide, and what keeps it from being done twice.
public enum ShardWork: String, CaseIterable, Sendable {
    /// Encoding captions.
    case embed
    /// Making images from conditionings.
    case generate
    /// Measuring images.
    case score

    /// The table of what is divided.
    public var table: String {
        switch self {
        case .embed: "caption"
        case .generate: "conditioning"
        case .score: "image"
        }
    }

    /// The ids of what is still to do, by the stage's own measure, in anything that the catalog shows it was asked for.
    ///
    /// A stage knows by its arguments which model, settings or measure it works for. The catalog has those that were
    /// asked for before: what lacks one of them is pending, and so is what nothing has been done on at all.
    ///
    /// - Parameter perItem: how many images each conditioning is to have; nil for as many as were asked for.
    func pending(perItem: Int?) -> String {
        switch self {
        case .embed:
            """
            WITH asked AS MATERIALIZED (SELECT DISTINCT model_id AS model FROM conditioning WHERE kind = 'text')
            SELECT id FROM caption WHERE status = 'accepted' AND strategy <> 'given' AND (
                NOT EXISTS (SELECT 1 FROM asked)
                OR EXISTS (
                    SELECT 1 FROM asked WHERE NOT EXISTS (
                        SELECT 1 FROM conditioning
                        WHERE caption_id = caption.id AND model_id = asked.model AND kind = 'text')))
            """
        case .generate:
            """
            WITH RECURSIVE asked AS MATERIALIZED (
                SELECT sampling.id AS sampling, sampling.uid, sampling.model_id AS model, \(Self.count(perItem)) AS count
                FROM sampling),
            number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < (SELECT max(count) FROM asked))
            SELECT id FROM conditioning WHERE kind <> 'unconditional' AND (
                NOT EXISTS (SELECT 1 FROM asked WHERE model = conditioning.model_id)
                OR EXISTS (
                    SELECT 1 FROM asked JOIN number ON n < asked.count
                    WHERE asked.model = conditioning.model_id AND NOT EXISTS (
                        SELECT 1 FROM generation WHERE sampling_id = asked.sampling
                        AND generation.conditioning_id = conditioning.id AND ordinal = n)
                    AND NOT EXISTS (
                        SELECT 1 FROM refusal WHERE stage = 'generate'
                        AND subject = asked.uid || '/' || conditioning.uid || '/' || n)))
            """
        case .score:
            """
            SELECT id FROM image WHERE NOT EXISTS (SELECT 1 FROM score WHERE image_id = image.id) OR EXISTS (
                SELECT 1 FROM measurement
                WHERE CASE measure
                    WHEN 'clip-similarity' THEN image.caption_id IS NOT NULL
                    WHEN 'clip-confidence' THEN EXISTS (
                        SELECT 1 FROM concept
                        WHERE id = image.concept_id AND vocabulary_id = measurement.vocabulary_id)
                    ELSE 1 END
                AND NOT EXISTS (
                    SELECT 1 FROM score WHERE score.image_id = image.id AND measurement_id = measurement.id)
                AND NOT EXISTS (
                    SELECT 1 FROM refusal WHERE stage = 'score' AND subject = measurement.uid || '/' || image.uid))
            """
        }
    }

    /// How many images of each conditioning are asked for in a `sampling`: what was said, or else the most that a run
    /// which made some of them, or began it, was asked for.
    private static func count(_ said: Int?) -> String {
        if let said { return "\(said)" }
        return """
            (SELECT coalesce(min(max(CAST(run.options ->> '$.per' AS INTEGER)), 100000), 1) FROM run
            WHERE run.id = sampling.run_id OR run.id IN (SELECT run_id FROM generation WHERE sampling_id = sampling.id))
            """
    }

    /// What has been done on the items already: tables whose rows hang on chosen ones by a column, one after another.
    var done: [(table: String, column: String, parent: String)] {
        switch self {
        case .embed: [("conditioning", "caption_id", "caption")]
        case .generate:
            [("generation", "conditioning_id", "conditioning"), ("image", "generation_id", "generation")]
        case .score: [("score", "image_id", "image")]
        }
    }
}
