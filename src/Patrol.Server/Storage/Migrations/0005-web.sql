-- The keys that seal cookies and forms, themselves sealed under the server's secret.
CREATE TABLE protection_keys (
    name text PRIMARY KEY,
    body text NOT NULL
);

-- What is promised to be shown once; the row goes when it is shown.
CREATE TABLE shown_once (
    digest $blob$ PRIMARY KEY,
    lapses_at bigint NOT NULL
);

-- Who a user is to an OpenID Connect provider.
CREATE TABLE identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    PRIMARY KEY (issuer, subject)
);

-- The secret addresses at which people's calendars find the expiry dates; one for each person, only the digest.
CREATE TABLE calendar_feeds (
    user_id bigint PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    digest $blob$ NOT NULL UNIQUE,
    created_at bigint NOT NULL
);

-- Renewed tokens that go on working for a while.
CREATE TABLE retirements (
    token_id bigint PRIMARY KEY REFERENCES tokens (id) ON DELETE CASCADE,
    at bigint NOT NULL
);
CREATE INDEX retirements_at ON retirements (at);
