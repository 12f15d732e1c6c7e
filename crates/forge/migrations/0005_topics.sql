-- What a repository says about itself besides its description: an address, and topics to be found by, in their order,
-- with a space between.

ALTER TABLE repository ADD COLUMN website TEXT NOT NULL DEFAULT '';
ALTER TABLE repository ADD COLUMN topics TEXT NOT NULL DEFAULT '';
