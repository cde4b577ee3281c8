-- Which machine a run was on, without its name: a digest salted with what stays there. NULL where `host` says it.
ALTER TABLE run ADD COLUMN machine TEXT;
