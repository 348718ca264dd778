-- Services that may ask about tokens, each with a secret of its own.
CREATE TABLE clients (
    id $identity$,
    name text NOT NULL,
    digest $blob$ NOT NULL,
    created_by bigint,
    created_at bigint NOT NULL,
    revoked_at bigint
);

-- Keys that sign the container registry's tokens: all that are not retired are published, the one put to use last signs.
CREATE TABLE signing_keys (
    id $identity$,
    kid text NOT NULL UNIQUE,
    sealed $blob$ NOT NULL,
    certificate $blob$ NOT NULL,
    created_at bigint NOT NULL,
    used_since bigint,
    retired_at bigint
);
