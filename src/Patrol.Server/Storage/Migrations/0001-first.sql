-- One text for SQLite and PostgreSQL. Instants are milliseconds since 1970 UTC; a token's expires_at is the first
-- instant at which it no longer works. Words in dollar signs are the engines' few differences (Migrations.cs).

CREATE TABLE settings (
    id bigint PRIMARY KEY,
    body text NOT NULL
);

CREATE TABLE users (
    id $identity$,
    username text NOT NULL,
    username_key text NOT NULL UNIQUE,
    name text NOT NULL,
    email text NOT NULL,
    email_key text NOT NULL UNIQUE,
    kind bigint NOT NULL,
    admin bigint NOT NULL,
    external bigint NOT NULL,
    can_create_group bigint NOT NULL,
    private_profile bigint NOT NULL,
    state text NOT NULL,
    password_hash text,
    note text,
    bot_resource_kind bigint,
    bot_resource_id bigint,
    created_by bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX users_bot_resource ON users (bot_resource_id, bot_resource_kind) WHERE bot_resource_id IS NOT NULL;

-- Groups and the personal namespaces of users share their ids, as in GitLab.
CREATE TABLE namespaces (
    id $identity$,
    owner_id bigint REFERENCES users (id) ON DELETE CASCADE,
    parent_id bigint REFERENCES namespaces (id) ON DELETE CASCADE,
    name text NOT NULL,
    path text NOT NULL,
    full_name text NOT NULL,
    full_path text NOT NULL,
    full_path_key text NOT NULL UNIQUE,
    description text NOT NULL,
    visibility bigint NOT NULL,
    created_at bigint NOT NULL
);
CREATE INDEX namespaces_parent ON namespaces (parent_id) WHERE parent_id IS NOT NULL;
CREATE UNIQUE INDEX namespaces_owner ON namespaces (owner_id) WHERE owner_id IS NOT NULL;

CREATE TABLE projects (
    id $identity$,
    namespace_id bigint NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    creator_id bigint REFERENCES users (id) ON DELETE SET NULL,
    name text NOT NULL,
    path text NOT NULL,
    full_path text NOT NULL,
    full_path_key text NOT NULL UNIQUE,
    description text,
    visibility bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE UNIQUE INDEX projects_name ON projects (namespace_id, name);

-- resource_kind: 0 a project, 1 a group.
CREATE TABLE members (
    id $identity$,
    resource_kind bigint NOT NULL,
    resource_id bigint NOT NULL,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    access_level bigint NOT NULL,
    expires_at bigint,
    created_by bigint,
    created_at bigint NOT NULL,
    UNIQUE (resource_kind, resource_id, user_id)
);
CREATE INDEX members_user ON members (user_id);

-- No index holds the expiry date: changing it stays a cheap update in place. Lists are answered from TokenIndex.
CREATE TABLE tokens (
    id $identity$,
    dialect bigint NOT NULL,
    kind bigint NOT NULL,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    description text,
    scopes text NOT NULL,
    digest $blob$ NOT NULL UNIQUE,
    given bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint,
    previous_id bigint REFERENCES tokens (id) ON DELETE SET NULL
) $fillfactor$;
CREATE INDEX tokens_user ON tokens (user_id);
CREATE INDEX tokens_previous ON tokens (previous_id) WHERE previous_id IS NOT NULL;
CREATE INDEX tokens_given ON tokens (id) WHERE given = 1;

CREATE TABLE token_ips (
    token_id bigint NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    ip text NOT NULL,
    seen_at bigint NOT NULL,
    PRIMARY KEY (token_id, ip)
);

-- Who did what; never deleted with what it speaks of, hence no references.
CREATE TABLE audit (
    id $identity$,
    at bigint NOT NULL,
    actor_id bigint,
    actor text NOT NULL,
    action text NOT NULL,
    target_kind text NOT NULL,
    target_id bigint,
    detail text NOT NULL,
    ip text
);
CREATE INDEX audit_target ON audit (target_kind, target_id);
