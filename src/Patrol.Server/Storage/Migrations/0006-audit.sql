-- How the actor's rights came to be used by whoever acted, where it was not by a token or session of their own: in words.
ALTER TABLE audit ADD COLUMN via text;
