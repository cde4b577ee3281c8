-- What was missing to recompute every uid from its row, and to find pending work without looking at what is done.

-- A run's uid follows from its whole row; runs recorded before have no nonce, and theirs cannot be recomputed.
ALTER TABLE run ADD COLUMN process INTEGER;
ALTER TABLE run ADD COLUMN nonce TEXT;

-- A pack that came with a shard may lie here under another name than the one its uid follows from.
ALTER TABLE pack ADD COLUMN made_as TEXT;

-- A rule or variant that was defined anew names the definition that it took the place of.
ALTER TABLE filter_rule ADD COLUMN replaces_id INTEGER REFERENCES filter_rule (id);
ALTER TABLE variant ADD COLUMN replaces_id INTEGER REFERENCES variant (id);

DROP TRIGGER filter_rule_refuses_update;
UPDATE filter_rule SET replaces_id = (
    SELECT max(earlier.id) FROM filter_rule AS earlier
    WHERE earlier.name = filter_rule.name AND earlier.id < filter_rule.id);
CREATE TRIGGER filter_rule_refuses_update BEFORE UPDATE ON filter_rule
BEGIN SELECT RAISE(ABORT, 'filter_rule is append-only: UPDATE is refused; append a new row instead'); END;

DROP TRIGGER variant_refuses_update;
UPDATE variant SET replaces_id = (
    SELECT max(earlier.id) FROM variant AS earlier
    WHERE earlier.name = variant.name AND earlier.id < variant.id);
CREATE TRIGGER variant_refuses_update BEFORE UPDATE ON variant
BEGIN SELECT RAISE(ABORT, 'variant is append-only: UPDATE is refused; append a new row instead'); END;

CREATE INDEX conditioning_parent_by_parent ON conditioning_parent (parent_id);

-- Everything that a piece of work could be done on, up to an id, is done or refused: the search goes on behind it.
CREATE TABLE frontier (
    work TEXT NOT NULL,
    item_id INTEGER NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run (id),
    PRIMARY KEY (work, item_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER frontier_refuses_update BEFORE UPDATE ON frontier
BEGIN SELECT RAISE(ABORT, 'frontier is append-only: UPDATE is refused; append a new row instead'); END;
CREATE TRIGGER frontier_refuses_delete BEFORE DELETE ON frontier
BEGIN SELECT RAISE(ABORT, 'frontier is append-only: DELETE is refused; append a new row instead'); END;

-- What rests on a real image, or on the caption that came with one.
CREATE INDEX generation_by_initial_image ON generation (initial_image_id) WHERE initial_image_id IS NOT NULL;
CREATE INDEX image_by_given_caption ON image (caption_id) WHERE generation_id IS NULL AND caption_id IS NOT NULL;
