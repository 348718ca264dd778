-- In which language somebody is written to: GitLab's codes, such as en or ja.
ALTER TABLE users ADD COLUMN preferred_language text NOT NULL DEFAULT 'en';

-- A row a job and due instant: whoever writes it runs the job, while lease_until is ahead of the clock. No outcome: it is being
-- run, or is to be run again.
CREATE TABLE runs (
    id $identity$,
    job text NOT NULL,
    due_at bigint NOT NULL,
    node text NOT NULL,
    attempts bigint NOT NULL,
    lease_until bigint NOT NULL,
    started_at bigint NOT NULL,
    finished_at bigint,
    outcome text,
    detail text,
    UNIQUE (job, due_at)
);

-- What is to be sent: 0 a mail to a user, 1 a call to a webhook. due_at is when it is to be tried next, and while somebody tries,
-- when others may. A row that was sent is deleted.
CREATE TABLE outbox (
    id $identity$,
    kind bigint NOT NULL,
    recipient_id bigint NOT NULL,
    body text NOT NULL,
    created_at bigint NOT NULL,
    due_at bigint NOT NULL,
    attempts bigint NOT NULL,
    failure text
);
CREATE INDEX outbox_due ON outbox (kind, due_at);

-- Who (recipient_kind 0 a user, 1 a webhook) is told that a token ends: once for each window and expiry date, in the transaction
-- that puts it into the outbox. within_days 0: it has ended.
CREATE TABLE notices (
    token_id bigint NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    expires_at bigint NOT NULL,
    within_days bigint NOT NULL,
    recipient_kind bigint NOT NULL,
    recipient_id bigint NOT NULL,
    outbox_id bigint NOT NULL,
    PRIMARY KEY (token_id, expires_at, within_days, recipient_kind, recipient_id)
);
CREATE INDEX notices_outbox ON notices (outbox_id);

-- resource_kind: 0 a project, 1 a group; null: the instance. The secrets are sealed under the server's own.
CREATE TABLE hooks (
    id $identity$,
    resource_kind bigint,
    resource_id bigint,
    url text NOT NULL,
    name text,
    description text,
    token_events bigint NOT NULL,
    verify_tls bigint NOT NULL,
    uuid text NOT NULL,
    secret $blob$,
    signing_key $blob$,
    created_at bigint NOT NULL
);
CREATE INDEX hooks_resource ON hooks (resource_id, resource_kind);
