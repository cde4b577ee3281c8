-- The catalog: every caption, conditioning, image, score and decision is a row.
-- `id` is for joins inside one file; `uid` is the same in every catalog that holds the same thing.
-- schema/catalog.md says in words what each table and column means.

CREATE TABLE migration (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL CONSTRAINT migration_sha256 CHECK (length(sha256) = 64),
    applied_at TEXT NOT NULL,
    version TEXT NOT NULL
) STRICT;

-- Who did what, when and where ------------------------------------------------------------------------------

CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT run_uid CHECK (length(uid) = 32),
    program TEXT NOT NULL,
    version TEXT NOT NULL,
    options TEXT NOT NULL CONSTRAINT run_options CHECK (json_valid(options)),
    seed INTEGER,
    host TEXT NOT NULL,
    cpu TEXT NOT NULL,
    threads INTEGER NOT NULL CONSTRAINT run_threads CHECK (threads > 0),
    sqlite_version TEXT NOT NULL,
    started_at TEXT NOT NULL
) STRICT;

CREATE TABLE run_event (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES run (id),
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL
        CONSTRAINT run_event_kind CHECK (kind IN ('started', 'batch', 'interrupted', 'failed', 'finished')),
    at TEXT NOT NULL,
    appended INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    message TEXT,
    CONSTRAINT run_event_order UNIQUE (run_id, sequence)
) STRICT;

CREATE TABLE refusal (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT refusal_uid CHECK (length(uid) = 32),
    stage TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;
CREATE INDEX refusal_by_subject ON refusal (stage, subject);

CREATE TABLE claim (
    work TEXT NOT NULL,
    item TEXT NOT NULL,
    owner TEXT NOT NULL,
    deadline INTEGER NOT NULL,
    PRIMARY KEY (work, item)
) STRICT, WITHOUT ROWID;

-- Large bytes -----------------------------------------------------------------------------------------------

CREATE TABLE pack (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT pack_uid CHECK (length(uid) = 32),
    file TEXT NOT NULL UNIQUE,
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;

CREATE TABLE pack_seal (
    pack_id INTEGER PRIMARY KEY REFERENCES pack (id),
    payload_count INTEGER NOT NULL,
    byte_count INTEGER NOT NULL,
    sha256 TEXT NOT NULL CONSTRAINT pack_seal_sha256 CHECK (length(sha256) = 64),
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;

-- Checkpoints -----------------------------------------------------------------------------------------------

CREATE TABLE model (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT model_uid CHECK (length(uid) = 32),
    family TEXT NOT NULL,
    name TEXT NOT NULL,
    configuration TEXT NOT NULL CONSTRAINT model_configuration CHECK (json_valid(configuration)),
    weights_sha256 TEXT NOT NULL CONSTRAINT model_weights_sha256 CHECK (length(weights_sha256) = 64),
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;

CREATE TABLE model_file (
    model_id INTEGER NOT NULL REFERENCES model (id),
    path TEXT NOT NULL,
    byte_count INTEGER NOT NULL,
    sha256 TEXT NOT NULL CONSTRAINT model_file_sha256 CHECK (length(sha256) = 64),
    PRIMARY KEY (model_id, path)
) STRICT, WITHOUT ROWID;

-- Classes, and the material of captions ---------------------------------------------------------------------

CREATE TABLE vocabulary (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT vocabulary_uid CHECK (length(uid) = 32),
    name TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;
CREATE INDEX vocabulary_by_name ON vocabulary (name);

CREATE TABLE concept (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT concept_uid CHECK (length(uid) = 32),
    vocabulary_id INTEGER NOT NULL REFERENCES vocabulary (id),
    position INTEGER NOT NULL CONSTRAINT concept_position CHECK (position >= 0),
    key TEXT NOT NULL,
    name TEXT NOT NULL CONSTRAINT concept_name CHECK (length(name) > 0),
    weight REAL NOT NULL CONSTRAINT concept_weight CHECK (weight >= 0),
    run_id INTEGER NOT NULL REFERENCES run (id),
    CONSTRAINT concept_order UNIQUE (vocabulary_id, position),
    CONSTRAINT concept_key UNIQUE (vocabulary_id, key)
) STRICT;

CREATE TABLE template_set (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT template_set_uid CHECK (length(uid) = 32),
    name TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;
CREATE INDEX template_set_by_name ON template_set (name);

CREATE TABLE prompt_template (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT prompt_template_uid CHECK (length(uid) = 32),
    template_set_id INTEGER NOT NULL REFERENCES template_set (id),
    position INTEGER NOT NULL CONSTRAINT prompt_template_position CHECK (position >= 0),
    text TEXT NOT NULL CONSTRAINT prompt_template_text CHECK (instr(text, '{}') > 0),
    run_id INTEGER NOT NULL REFERENCES run (id),
    CONSTRAINT prompt_template_order UNIQUE (template_set_id, position)
) STRICT;

CREATE TABLE background (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT background_uid CHECK (length(uid) = 32),
    vocabulary_id INTEGER REFERENCES vocabulary (id),
    concept_id INTEGER REFERENCES concept (id),
    text TEXT NOT NULL CONSTRAINT background_text CHECK (length(text) > 0),
    source TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;
CREATE INDEX background_by_concept ON background (concept_id);

CREATE TABLE relation (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT relation_uid CHECK (length(uid) = 32),
    vocabulary_id INTEGER REFERENCES vocabulary (id),
    text TEXT NOT NULL CONSTRAINT relation_text CHECK (length(text) > 0),
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;

CREATE TABLE example (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT example_uid CHECK (length(uid) = 32),
    template TEXT NOT NULL,
    concept TEXT NOT NULL,
    background TEXT,
    relation TEXT,
    caption TEXT NOT NULL CONSTRAINT example_caption CHECK (length(caption) > 0),
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;

CREATE TABLE caption (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT caption_uid CHECK (length(uid) = 32),
    text TEXT NOT NULL,
    strategy TEXT NOT NULL,
    status TEXT NOT NULL CONSTRAINT caption_status CHECK (status IN ('accepted', 'refused')),
    reason TEXT CONSTRAINT caption_reason CHECK ((reason IS NULL) = (status = 'accepted')),
    concept_id INTEGER REFERENCES concept (id),
    template_id INTEGER REFERENCES prompt_template (id),
    background_id INTEGER REFERENCES background (id),
    relation_id INTEGER REFERENCES relation (id),
    model_id INTEGER REFERENCES model (id),
    sampling TEXT CONSTRAINT caption_sampling CHECK (sampling IS NULL OR json_valid(sampling)),
    completion TEXT,
    seed INTEGER,
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;
CREATE INDEX caption_by_concept ON caption (concept_id, strategy, template_id);
CREATE INDEX caption_by_text ON caption (text);

CREATE TABLE caption_example (
    caption_id INTEGER NOT NULL REFERENCES caption (id),
    position INTEGER NOT NULL,
    example_id INTEGER NOT NULL REFERENCES example (id),
    PRIMARY KEY (caption_id, position)
) STRICT, WITHOUT ROWID;

-- What generators are conditioned on ------------------------------------------------------------------------

CREATE TABLE conditioning (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT conditioning_uid CHECK (length(uid) = 32),
    kind TEXT NOT NULL CONSTRAINT conditioning_kind
        CHECK (kind IN ('text', 'unconditional', 'image', 'inverted', 'perturbed', 'interpolated', 'mean')),
    model_id INTEGER NOT NULL REFERENCES model (id),
    caption_id INTEGER REFERENCES caption (id),
    image_id INTEGER REFERENCES image (id),
    concept_id INTEGER REFERENCES concept (id),
    tokens INTEGER NOT NULL CONSTRAINT conditioning_tokens CHECK (tokens > 0),
    width INTEGER NOT NULL CONSTRAINT conditioning_width CHECK (width > 0),
    used_tokens INTEGER,
    truncated INTEGER NOT NULL CONSTRAINT conditioning_truncated CHECK (truncated IN (0, 1)),
    parameters TEXT CONSTRAINT conditioning_parameters CHECK (parameters IS NULL OR json_valid(parameters)),
    seed INTEGER,
    payload_sha256 TEXT NOT NULL CONSTRAINT conditioning_payload CHECK (length(payload_sha256) = 64),
    pack_id INTEGER NOT NULL REFERENCES pack (id),
    run_id INTEGER NOT NULL REFERENCES run (id),
    CONSTRAINT conditioning_source CHECK (kind <> 'text' OR caption_id IS NOT NULL)
) STRICT;
CREATE INDEX conditioning_by_caption ON conditioning (caption_id, model_id);
CREATE INDEX conditioning_by_image ON conditioning (image_id) WHERE image_id IS NOT NULL;

CREATE TABLE conditioning_parent (
    conditioning_id INTEGER NOT NULL REFERENCES conditioning (id),
    position INTEGER NOT NULL,
    parent_id INTEGER NOT NULL REFERENCES conditioning (id),
    weight REAL NOT NULL,
    PRIMARY KEY (conditioning_id, position)
) STRICT, WITHOUT ROWID;

-- Requests and images ---------------------------------------------------------------------------------------

CREATE TABLE sampling (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT sampling_uid CHECK (length(uid) = 32),
    model_id INTEGER NOT NULL REFERENCES model (id),
    unconditional_id INTEGER REFERENCES conditioning (id),
    engine TEXT NOT NULL,
    sampler TEXT NOT NULL,
    steps INTEGER NOT NULL CONSTRAINT sampling_steps CHECK (steps > 0),
    guidance REAL NOT NULL,
    eta REAL NOT NULL,
    strength REAL CONSTRAINT sampling_strength CHECK (strength IS NULL OR (strength > 0 AND strength <= 1)),
    noise TEXT NOT NULL,
    width INTEGER NOT NULL CONSTRAINT sampling_width CHECK (width > 0),
    height INTEGER NOT NULL CONSTRAINT sampling_height CHECK (height > 0),
    seed INTEGER NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;

CREATE TABLE generation (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT generation_uid CHECK (length(uid) = 32),
    sampling_id INTEGER NOT NULL REFERENCES sampling (id),
    conditioning_id INTEGER NOT NULL REFERENCES conditioning (id),
    initial_image_id INTEGER REFERENCES image (id),
    ordinal INTEGER NOT NULL CONSTRAINT generation_ordinal CHECK (ordinal >= 0),
    seed INTEGER NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;
CREATE INDEX generation_by_request ON generation (sampling_id, conditioning_id, ordinal);
CREATE INDEX generation_by_conditioning ON generation (conditioning_id);

CREATE TABLE image (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT image_uid CHECK (length(uid) = 32),
    origin TEXT NOT NULL CONSTRAINT image_origin CHECK (origin IN ('real', 'generated')),
    generation_id INTEGER UNIQUE REFERENCES generation (id),
    concept_id INTEGER REFERENCES concept (id),
    caption_id INTEGER REFERENCES caption (id),
    split TEXT CONSTRAINT image_split CHECK (length(split) > 0),
    source TEXT,
    attributes TEXT CONSTRAINT image_attributes CHECK (attributes IS NULL OR json_valid(attributes)),
    format TEXT NOT NULL,
    width INTEGER NOT NULL CONSTRAINT image_width CHECK (width > 0),
    height INTEGER NOT NULL CONSTRAINT image_height CHECK (height > 0),
    byte_count INTEGER NOT NULL CONSTRAINT image_byte_count CHECK (byte_count > 0),
    file_sha256 TEXT NOT NULL CONSTRAINT image_file_sha256 CHECK (length(file_sha256) = 64),
    pixel_sha256 TEXT NOT NULL CONSTRAINT image_pixel_sha256 CHECK (length(pixel_sha256) = 64),
    pack_id INTEGER NOT NULL REFERENCES pack (id),
    run_id INTEGER NOT NULL REFERENCES run (id),
    CONSTRAINT image_generation CHECK ((generation_id IS NOT NULL) = (origin = 'generated'))
) STRICT;
CREATE INDEX image_by_concept ON image (concept_id, split);
CREATE INDEX image_by_pixels ON image (pixel_sha256);
CREATE INDEX image_by_source ON image (source) WHERE source IS NOT NULL;

CREATE TABLE embedding (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT embedding_uid CHECK (length(uid) = 32),
    image_id INTEGER NOT NULL REFERENCES image (id),
    model_id INTEGER NOT NULL REFERENCES model (id),
    width INTEGER NOT NULL,
    vector BLOB NOT NULL CONSTRAINT embedding_vector CHECK (length(vector) = 4 * width),
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;
CREATE INDEX embedding_by_image ON embedding (image_id, model_id);

-- Scores and decisions --------------------------------------------------------------------------------------

CREATE TABLE measurement (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT measurement_uid CHECK (length(uid) = 32),
    measure TEXT NOT NULL,
    model_id INTEGER REFERENCES model (id),
    vocabulary_id INTEGER REFERENCES vocabulary (id),
    template_set_id INTEGER REFERENCES template_set (id),
    parameters TEXT NOT NULL CONSTRAINT measurement_parameters CHECK (json_valid(parameters)),
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;

CREATE TABLE score (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT score_uid CHECK (length(uid) = 32),
    measurement_id INTEGER NOT NULL REFERENCES measurement (id),
    image_id INTEGER NOT NULL REFERENCES image (id),
    caption_id INTEGER REFERENCES caption (id),
    concept_id INTEGER REFERENCES concept (id),
    value REAL NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;
CREATE INDEX score_by_image ON score (image_id, measurement_id);

CREATE TABLE filter_rule (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT filter_rule_uid CHECK (length(uid) = 32),
    name TEXT NOT NULL,
    definition TEXT NOT NULL CONSTRAINT filter_rule_definition CHECK (json_valid(definition)),
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;
CREATE INDEX filter_rule_by_name ON filter_rule (name);

CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT decision_uid CHECK (length(uid) = 32),
    filter_rule_id INTEGER NOT NULL REFERENCES filter_rule (id),
    image_id INTEGER NOT NULL REFERENCES image (id),
    score_id INTEGER REFERENCES score (id),
    verdict TEXT NOT NULL CONSTRAINT decision_verdict CHECK (verdict IN ('kept', 'rejected')),
    value REAL,
    threshold REAL,
    reason TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;
CREATE INDEX decision_by_image ON decision (image_id, filter_rule_id);

-- Variants, snapshots, exports ------------------------------------------------------------------------------

CREATE TABLE variant (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT variant_uid CHECK (length(uid) = 32),
    name TEXT NOT NULL,
    sql TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;
CREATE INDEX variant_by_name ON variant (name);

CREATE TABLE snapshot (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT snapshot_uid CHECK (length(uid) = 32),
    variant_id INTEGER NOT NULL REFERENCES variant (id),
    revision INTEGER NOT NULL,
    item_count INTEGER NOT NULL,
    digest TEXT NOT NULL CONSTRAINT snapshot_digest CHECK (length(digest) = 64),
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;

CREATE TABLE snapshot_item (
    snapshot_id INTEGER NOT NULL REFERENCES snapshot (id),
    image_id INTEGER NOT NULL REFERENCES image (id),
    label TEXT,
    split TEXT NOT NULL CONSTRAINT snapshot_item_split CHECK (length(split) > 0),
    weight REAL NOT NULL CONSTRAINT snapshot_item_weight CHECK (weight >= 0),
    soft_target TEXT
        CONSTRAINT snapshot_item_soft_target CHECK (soft_target IS NULL OR json_valid(soft_target)),
    PRIMARY KEY (snapshot_id, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX snapshot_item_by_image ON snapshot_item (image_id);

CREATE TABLE export (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT export_uid CHECK (length(uid) = 32),
    snapshot_id INTEGER NOT NULL REFERENCES snapshot (id),
    directory TEXT NOT NULL,
    format TEXT NOT NULL,
    options TEXT NOT NULL CONSTRAINT export_options CHECK (json_valid(options)),
    item_count INTEGER NOT NULL,
    digest TEXT NOT NULL CONSTRAINT export_digest CHECK (length(digest) = 64),
    verdict TEXT NOT NULL CONSTRAINT export_verdict CHECK (verdict IN ('verified', 'different')),
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;

CREATE TABLE export_shard (
    export_id INTEGER NOT NULL REFERENCES export (id),
    name TEXT NOT NULL,
    split TEXT NOT NULL,
    item_count INTEGER NOT NULL,
    byte_count INTEGER NOT NULL,
    sha256 TEXT NOT NULL CONSTRAINT export_shard_sha256 CHECK (length(sha256) = 64),
    PRIMARY KEY (export_id, name)
) STRICT, WITHOUT ROWID;

-- Training, and making an image again -----------------------------------------------------------------------

CREATE TABLE training (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT training_uid CHECK (length(uid) = 32),
    recipe TEXT NOT NULL CONSTRAINT training_recipe CHECK (json_valid(recipe)),
    seed INTEGER NOT NULL,
    model_id INTEGER REFERENCES model (id),
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;

CREATE TABLE training_snapshot (
    training_id INTEGER NOT NULL REFERENCES training (id),
    position INTEGER NOT NULL,
    snapshot_id INTEGER NOT NULL REFERENCES snapshot (id),
    role TEXT NOT NULL,
    weight REAL NOT NULL,
    PRIMARY KEY (training_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE metric (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT metric_uid CHECK (length(uid) = 32),
    training_id INTEGER REFERENCES training (id),
    model_id INTEGER REFERENCES model (id),
    snapshot_id INTEGER REFERENCES snapshot (id),
    name TEXT NOT NULL,
    epoch INTEGER,
    parameters TEXT NOT NULL CONSTRAINT metric_parameters CHECK (json_valid(parameters)),
    value REAL NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;

CREATE TABLE rederivation (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE CONSTRAINT rederivation_uid CHECK (length(uid) = 32),
    image_id INTEGER NOT NULL REFERENCES image (id),
    verdict TEXT NOT NULL CONSTRAINT rederivation_verdict CHECK (verdict IN ('exact', 'within', 'different')),
    largest_difference INTEGER NOT NULL,
    pixel_sha256 TEXT NOT NULL CONSTRAINT rederivation_pixel_sha256 CHECK (length(pixel_sha256) = 64),
    run_id INTEGER NOT NULL REFERENCES run (id)
) STRICT;
CREATE INDEX rederivation_by_image ON rederivation (image_id);

-- Rows are appended, never changed. `claim` alone is working state.

CREATE TRIGGER migration_refuses_update BEFORE UPDATE ON migration
BEGIN SELECT RAISE(ABORT, 'migration is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER migration_refuses_delete BEFORE DELETE ON migration
BEGIN SELECT RAISE(ABORT, 'migration is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER run_refuses_update BEFORE UPDATE ON run
BEGIN SELECT RAISE(ABORT, 'run is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER run_refuses_delete BEFORE DELETE ON run
BEGIN SELECT RAISE(ABORT, 'run is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER run_event_refuses_update BEFORE UPDATE ON run_event
BEGIN SELECT RAISE(ABORT, 'run_event is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER run_event_refuses_delete BEFORE DELETE ON run_event
BEGIN SELECT RAISE(ABORT, 'run_event is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER refusal_refuses_update BEFORE UPDATE ON refusal
BEGIN SELECT RAISE(ABORT, 'refusal is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER refusal_refuses_delete BEFORE DELETE ON refusal
BEGIN SELECT RAISE(ABORT, 'refusal is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER pack_refuses_update BEFORE UPDATE ON pack
BEGIN SELECT RAISE(ABORT, 'pack is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER pack_refuses_delete BEFORE DELETE ON pack
BEGIN SELECT RAISE(ABORT, 'pack is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER pack_seal_refuses_update BEFORE UPDATE ON pack_seal
BEGIN SELECT RAISE(ABORT, 'pack_seal is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER pack_seal_refuses_delete BEFORE DELETE ON pack_seal
BEGIN SELECT RAISE(ABORT, 'pack_seal is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER model_refuses_update BEFORE UPDATE ON model
BEGIN SELECT RAISE(ABORT, 'model is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER model_refuses_delete BEFORE DELETE ON model
BEGIN SELECT RAISE(ABORT, 'model is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER model_file_refuses_update BEFORE UPDATE ON model_file
BEGIN SELECT RAISE(ABORT, 'model_file is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER model_file_refuses_delete BEFORE DELETE ON model_file
BEGIN SELECT RAISE(ABORT, 'model_file is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER vocabulary_refuses_update BEFORE UPDATE ON vocabulary
BEGIN SELECT RAISE(ABORT, 'vocabulary is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER vocabulary_refuses_delete BEFORE DELETE ON vocabulary
BEGIN SELECT RAISE(ABORT, 'vocabulary is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER concept_refuses_update BEFORE UPDATE ON concept
BEGIN SELECT RAISE(ABORT, 'concept is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER concept_refuses_delete BEFORE DELETE ON concept
BEGIN SELECT RAISE(ABORT, 'concept is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER template_set_refuses_update BEFORE UPDATE ON template_set
BEGIN SELECT RAISE(ABORT, 'template_set is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER template_set_refuses_delete BEFORE DELETE ON template_set
BEGIN SELECT RAISE(ABORT, 'template_set is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER prompt_template_refuses_update BEFORE UPDATE ON prompt_template
BEGIN SELECT RAISE(ABORT, 'prompt_template is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER prompt_template_refuses_delete BEFORE DELETE ON prompt_template
BEGIN SELECT RAISE(ABORT, 'prompt_template is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER background_refuses_update BEFORE UPDATE ON background
BEGIN SELECT RAISE(ABORT, 'background is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER background_refuses_delete BEFORE DELETE ON background
BEGIN SELECT RAISE(ABORT, 'background is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER relation_refuses_update BEFORE UPDATE ON relation
BEGIN SELECT RAISE(ABORT, 'relation is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER relation_refuses_delete BEFORE DELETE ON relation
BEGIN SELECT RAISE(ABORT, 'relation is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER example_refuses_update BEFORE UPDATE ON example
BEGIN SELECT RAISE(ABORT, 'example is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER example_refuses_delete BEFORE DELETE ON example
BEGIN SELECT RAISE(ABORT, 'example is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER caption_refuses_update BEFORE UPDATE ON caption
BEGIN SELECT RAISE(ABORT, 'caption is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER caption_refuses_delete BEFORE DELETE ON caption
BEGIN SELECT RAISE(ABORT, 'caption is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER caption_example_refuses_update BEFORE UPDATE ON caption_example
BEGIN SELECT RAISE(ABORT, 'caption_example is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER caption_example_refuses_delete BEFORE DELETE ON caption_example
BEGIN SELECT RAISE(ABORT, 'caption_example is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER conditioning_refuses_update BEFORE UPDATE ON conditioning
BEGIN SELECT RAISE(ABORT, 'conditioning is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER conditioning_refuses_delete BEFORE DELETE ON conditioning
BEGIN SELECT RAISE(ABORT, 'conditioning is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER conditioning_parent_refuses_update BEFORE UPDATE ON conditioning_parent
BEGIN SELECT RAISE(ABORT, 'conditioning_parent is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER conditioning_parent_refuses_delete BEFORE DELETE ON conditioning_parent
BEGIN SELECT RAISE(ABORT, 'conditioning_parent is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER sampling_refuses_update BEFORE UPDATE ON sampling
BEGIN SELECT RAISE(ABORT, 'sampling is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER sampling_refuses_delete BEFORE DELETE ON sampling
BEGIN SELECT RAISE(ABORT, 'sampling is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER generation_refuses_update BEFORE UPDATE ON generation
BEGIN SELECT RAISE(ABORT, 'generation is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER generation_refuses_delete BEFORE DELETE ON generation
BEGIN SELECT RAISE(ABORT, 'generation is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER image_refuses_update BEFORE UPDATE ON image
BEGIN SELECT RAISE(ABORT, 'image is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER image_refuses_delete BEFORE DELETE ON image
BEGIN SELECT RAISE(ABORT, 'image is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER embedding_refuses_update BEFORE UPDATE ON embedding
BEGIN SELECT RAISE(ABORT, 'embedding is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER embedding_refuses_delete BEFORE DELETE ON embedding
BEGIN SELECT RAISE(ABORT, 'embedding is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER measurement_refuses_update BEFORE UPDATE ON measurement
BEGIN SELECT RAISE(ABORT, 'measurement is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER measurement_refuses_delete BEFORE DELETE ON measurement
BEGIN SELECT RAISE(ABORT, 'measurement is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER score_refuses_update BEFORE UPDATE ON score
BEGIN SELECT RAISE(ABORT, 'score is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER score_refuses_delete BEFORE DELETE ON score
BEGIN SELECT RAISE(ABORT, 'score is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER filter_rule_refuses_update BEFORE UPDATE ON filter_rule
BEGIN SELECT RAISE(ABORT, 'filter_rule is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER filter_rule_refuses_delete BEFORE DELETE ON filter_rule
BEGIN SELECT RAISE(ABORT, 'filter_rule is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER decision_refuses_update BEFORE UPDATE ON decision
BEGIN SELECT RAISE(ABORT, 'decision is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER decision_refuses_delete BEFORE DELETE ON decision
BEGIN SELECT RAISE(ABORT, 'decision is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER variant_refuses_update BEFORE UPDATE ON variant
BEGIN SELECT RAISE(ABORT, 'variant is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER variant_refuses_delete BEFORE DELETE ON variant
BEGIN SELECT RAISE(ABORT, 'variant is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER snapshot_refuses_update BEFORE UPDATE ON snapshot
BEGIN SELECT RAISE(ABORT, 'snapshot is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER snapshot_refuses_delete BEFORE DELETE ON snapshot
BEGIN SELECT RAISE(ABORT, 'snapshot is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER snapshot_item_refuses_update BEFORE UPDATE ON snapshot_item
BEGIN SELECT RAISE(ABORT, 'snapshot_item is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER snapshot_item_refuses_delete BEFORE DELETE ON snapshot_item
BEGIN SELECT RAISE(ABORT, 'snapshot_item is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER export_refuses_update BEFORE UPDATE ON export
BEGIN SELECT RAISE(ABORT, 'export is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER export_refuses_delete BEFORE DELETE ON export
BEGIN SELECT RAISE(ABORT, 'export is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER export_shard_refuses_update BEFORE UPDATE ON export_shard
BEGIN SELECT RAISE(ABORT, 'export_shard is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER export_shard_refuses_delete BEFORE DELETE ON export_shard
BEGIN SELECT RAISE(ABORT, 'export_shard is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER training_refuses_update BEFORE UPDATE ON training
BEGIN SELECT RAISE(ABORT, 'training is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER training_refuses_delete BEFORE DELETE ON training
BEGIN SELECT RAISE(ABORT, 'training is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER training_snapshot_refuses_update BEFORE UPDATE ON training_snapshot
BEGIN SELECT RAISE(ABORT, 'training_snapshot is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER training_snapshot_refuses_delete BEFORE DELETE ON training_snapshot
BEGIN SELECT RAISE(ABORT, 'training_snapshot is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER metric_refuses_update BEFORE UPDATE ON metric
BEGIN SELECT RAISE(ABORT, 'metric is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER metric_refuses_delete BEFORE DELETE ON metric
BEGIN SELECT RAISE(ABORT, 'metric is append-only: DELETE is refused; append a new row instead'); END;
CREATE TRIGGER rederivation_refuses_update BEFORE UPDATE ON rederivation
BEGIN SELECT RAISE(ABORT, 'rederivation is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER rederivation_refuses_delete BEFORE DELETE ON rederivation
BEGIN SELECT RAISE(ABORT, 'rederivation is append-only: DELETE is refused; append a new row instead'); END;

-- For people: flat, and free of blobs -----------------------------------------------------------------------

CREATE VIEW generated AS
SELECT
    image.id AS image_id, image.uid AS uid, concept.key AS concept_key, concept.name AS concept,
    caption.text AS caption, caption.strategy AS strategy, prompt_template.text AS template,
    model.name AS model, sampling.sampler, sampling.steps, sampling.guidance, sampling.strength,
    sampling.noise, generation.seed, generation.ordinal, image.width, image.height, image.format,
    image.file_sha256, image.pixel_sha256, image.generation_id, generation.conditioning_id, image.caption_id,
    image.concept_id, image.run_id
FROM image
JOIN generation ON generation.id = image.generation_id
JOIN sampling ON sampling.id = generation.sampling_id
JOIN model ON model.id = sampling.model_id
LEFT JOIN caption ON caption.id = image.caption_id
LEFT JOIN prompt_template ON prompt_template.id = caption.template_id
LEFT JOIN concept ON concept.id = image.concept_id;

CREATE VIEW latest_score AS
SELECT
    score.image_id, measurement.measure, score.value, model.name AS model, score.concept_id, score.caption_id,
    score.measurement_id, score.id AS score_id
FROM score
JOIN measurement ON measurement.id = score.measurement_id
LEFT JOIN model ON model.id = measurement.model_id
WHERE score.id = (
    SELECT max(later.id) FROM measurement AS other
    CROSS JOIN score AS later ON later.measurement_id = other.id AND later.image_id = score.image_id
    WHERE other.measure = measurement.measure
);

CREATE VIEW latest_decision AS
SELECT
    decision.image_id, filter_rule.name AS rule, decision.verdict, decision.value, decision.threshold,
    decision.reason, decision.filter_rule_id, decision.score_id, decision.id AS decision_id
FROM decision
JOIN filter_rule ON filter_rule.id = decision.filter_rule_id
WHERE decision.id = (
    SELECT max(later.id) FROM filter_rule AS other
    CROSS JOIN decision AS later ON later.filter_rule_id = other.id AND later.image_id = decision.image_id
    WHERE other.name = filter_rule.name
);

CREATE VIEW rejected AS
SELECT latest_decision.* FROM latest_decision WHERE verdict = 'rejected';

CREATE VIEW kept AS
SELECT image.id AS image_id, image.uid, image.concept_id, image.caption_id
FROM (
    SELECT image_id FROM latest_decision GROUP BY image_id HAVING sum(verdict = 'rejected') = 0
) AS unanimous
JOIN image ON image.id = unanimous.image_id;

CREATE VIEW lineage AS
SELECT
    image.id AS image_id, image.uid AS image_uid, generation.uid AS generation_uid,
    conditioning.uid AS conditioning_uid, conditioning.kind AS conditioning_kind, caption.uid AS caption_uid,
    concept.uid AS concept_uid, model.uid AS model_uid, model.weights_sha256, run.uid AS run_uid, run.program,
    run.version, run.started_at
FROM image
LEFT JOIN generation ON generation.id = image.generation_id
LEFT JOIN sampling ON sampling.id = generation.sampling_id
LEFT JOIN model ON model.id = sampling.model_id
LEFT JOIN conditioning ON conditioning.id = generation.conditioning_id
LEFT JOIN caption ON caption.id = image.caption_id
LEFT JOIN concept ON concept.id = image.concept_id
JOIN run ON run.id = image.run_id;
