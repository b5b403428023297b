-- The states 3, 4, 11 and 12 as before, said without a list: for a list of more than two SQLite fills a table of its own at
-- every change of a part.
DROP INDEX part_kept;
CREATE INDEX part_kept ON part (state, message, idx) WHERE state > 2 AND state <> 10;
