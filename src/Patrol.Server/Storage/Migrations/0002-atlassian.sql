-- A token's digest may be another system's until it is used for the first time (given = 2); the first byte says whose.
CREATE INDEX tokens_foreign ON tokens (id) WHERE given = 2;

-- What was imported, by the keyed digest of the other system's digest, so that importing it again changes nothing; kept when the
-- token is deleted, lest it come back.
CREATE TABLE imports (
    fingerprint $blob$ PRIMARY KEY,
    token_id bigint NOT NULL
);

-- Keys without which others' digests cannot be compared, sealed under the server's secret.
CREATE TABLE import_keys (
    fingerprint $blob$ PRIMARY KEY,
    sealed $blob$ NOT NULL
);

-- Who is signed in. A session that came of a token ends with it.
CREATE TABLE sessions (
    digest $blob$ PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_id bigint REFERENCES tokens (id) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_token ON sessions (token_id) WHERE token_id IS NOT NULL;
