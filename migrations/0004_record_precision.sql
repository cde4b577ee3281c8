-- In which precision a request's images are computed: NULL is float32, the only one there was.
ALTER TABLE sampling ADD COLUMN precision TEXT;
