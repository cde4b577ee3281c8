extension ChainSection {
    /// Where an image comes from, nearest first.
    static let origin = [
        ChainSection(
            title: "image", isOne: true,
            sql: """
                SELECT origin || ' image ' || image.id || ', ' || image.width || ' × ' || image.height || ' ' || format
                        || coalesce(', ' || concept.name, '') AS line,
                    image.uid, image.id AS _id, origin AS _origin, format AS _format, image.width AS _width,
                    image.height AS _height, image.byte_count AS bytes, file_sha256,
                    pixel_sha256, split, source, attributes, pack.file AS pack, pack_seal.sha256 AS pack_sha256,
                    run.uid AS run
                FROM image JOIN pack ON pack.id = image.pack_id JOIN run ON run.id = image.run_id
                LEFT JOIN pack_seal ON pack_seal.pack_id = pack.id
                LEFT JOIN concept ON concept.id = image.concept_id WHERE image.id = :image
                """),
        ChainSection(
            title: "concept", isOne: true,
            sql: """
                SELECT concept.name || ', class ' || concept.position || ' of vocabulary ' || vocabulary.name AS line,
                    concept.name AS _name, concept.key, concept.position AS _position, vocabulary.name AS _vocabulary,
                    concept.weight,
                    concept.uid, run.uid AS run
                FROM image JOIN concept ON concept.id = image.concept_id
                JOIN vocabulary ON vocabulary.id = concept.vocabulary_id JOIN run ON run.id = concept.run_id
                WHERE image.id = :image
                """),
        ChainSection(
            title: "caption", isOne: true,
            sql: """
                SELECT '“' || caption.text || '”' AS line, caption.text AS _text, strategy, prompt_template.text AS template,
                    template_set.name AS template_set, background.text AS background, relation.text AS relation,
                    model.name AS language_model, model.weights_sha256 AS language_model_weights_sha256, sampling,
                    caption.seed, completion, caption.uid, run.uid AS run
                FROM image JOIN caption ON caption.id = image.caption_id JOIN run ON run.id = caption.run_id
                LEFT JOIN prompt_template ON prompt_template.id = caption.template_id
                LEFT JOIN template_set ON template_set.id = prompt_template.template_set_id
                LEFT JOIN background ON background.id = caption.background_id
                LEFT JOIN relation ON relation.id = caption.relation_id
                LEFT JOIN model ON model.id = caption.model_id WHERE image.id = :image
                """),
        ChainSection(
            title: "in-context examples", isOne: false,
            sql: """
                SELECT '“' || example.caption || '”' AS line, example.caption AS _caption, example.concept, example.background,
                    example.relation, example.uid
                FROM image JOIN caption_example ON caption_example.caption_id = image.caption_id
                JOIN example ON example.id = caption_example.example_id WHERE image.id = :image
                ORDER BY caption_example.position
                """),
        ChainSection(
            title: "conditionings", isOne: false,
            sql: """
                WITH RECURSIVE ancestor(id, depth) AS (
                    SELECT generation.conditioning_id, 0 FROM image
                    JOIN generation ON generation.id = image.generation_id WHERE image.id = :image
                    UNION
                    SELECT parent_id, depth + 1 FROM ancestor
                    JOIN conditioning_parent ON conditioning_parent.conditioning_id = ancestor.id WHERE depth < 64)
                SELECT conditioning.kind || ', ' || tokens || ' × ' || conditioning.width || ', '
                        || CASE depth WHEN 0 THEN 'the one that the image was made from'
                        ELSE 'its ancestor ' || depth || CASE depth WHEN 1 THEN ' step' ELSE ' steps' END || ' up' END
                        || iif(truncated, ', its text cut off', '') AS line,
                    conditioning.kind AS _kind, depth AS _depth, tokens AS _tokens, conditioning.width AS _width,
                    used_tokens, truncated AS _truncated, parameters,
                    conditioning.seed,
                    (SELECT json_group_array(json_object('uid', parent.uid, 'weight', weight))
                     FROM conditioning_parent JOIN conditioning AS parent ON parent.id = parent_id
                     WHERE conditioning_id = conditioning.id HAVING count(*) > 0) AS parents,
                    caption.text AS caption, source_image.origin || ' image' AS from_image_origin,
                    source_image.uid AS from_image, source_image.source AS from_file,
                    source_image.file_sha256 AS from_file_sha256, model.name AS model, model.weights_sha256,
                    payload_sha256, conditioning.uid, run.uid AS run
                FROM (SELECT id, min(depth) AS depth FROM ancestor GROUP BY id) AS ancestor
                JOIN conditioning ON conditioning.id = ancestor.id
                JOIN model ON model.id = conditioning.model_id JOIN run ON run.id = conditioning.run_id
                LEFT JOIN caption ON caption.id = conditioning.caption_id
                LEFT JOIN image AS source_image ON source_image.id = conditioning.image_id
                ORDER BY depth, conditioning.id
                """),
        ChainSection(
            title: "generation", isOne: true,
            sql: """
                SELECT model.name || ', ' || sampler || ', ' || steps || ' steps, guidance ' || guidance || ', seed '
                        || generation.seed AS line,
                    generation.seed AS _seed, generation.ordinal, sampler AS _sampler, steps AS _steps,
                    guidance AS _guidance, eta, strength,
                    initial_image.uid AS initial_image, initial_image.source AS initial_file, noise, sampling.width,
                    sampling.height, engine, sampling.precision, unconditional.kind AS unconditional,
                    unconditional.payload_sha256 AS unconditional_sha256, sampling.seed AS base_seed, generation.uid,
                    sampling.uid AS sampling, run.uid AS run
                FROM image JOIN generation ON generation.id = image.generation_id
                JOIN sampling ON sampling.id = generation.sampling_id JOIN model ON model.id = sampling.model_id
                JOIN run ON run.id = generation.run_id
                LEFT JOIN conditioning AS unconditional ON unconditional.id = sampling.unconditional_id
                LEFT JOIN image AS initial_image ON initial_image.id = generation.initial_image_id
                WHERE image.id = :image
                """),
        ChainSection(
            title: "model", isOne: true,
            sql: """
                SELECT model.name || ', ' || family AS line, model.name AS _name, family AS _family, weights_sha256, model.uid
                FROM image JOIN generation ON generation.id = image.generation_id
                JOIN sampling ON sampling.id = generation.sampling_id JOIN model ON model.id = sampling.model_id
                WHERE image.id = :image
                """),
        ChainSection(
            title: "trained by", isOne: false,
            sql: """
                SELECT 'seed ' || training.seed || ', ' || run.started_at AS line, training.seed AS _seed, recipe,
                    training.uid, run.uid AS run
                FROM image JOIN generation ON generation.id = image.generation_id
                JOIN sampling ON sampling.id = generation.sampling_id
                JOIN training ON training.model_id = sampling.model_id JOIN run ON run.id = training.run_id
                WHERE image.id = :image ORDER BY run.started_at, training.uid
                """),
        ChainSection(
            title: "model files", isOne: false,
            sql: """
                SELECT model_file.sha256 || '  ' || model_file.path AS line, model_file.path AS _path,
                    model_file.byte_count AS _bytes, model_file.sha256 AS _sha256
                FROM image JOIN generation ON generation.id = image.generation_id
                JOIN sampling ON sampling.id = generation.sampling_id
                JOIN model_file ON model_file.model_id = sampling.model_id
                WHERE image.id = :image ORDER BY model_file.path
                """),
    ]
}
