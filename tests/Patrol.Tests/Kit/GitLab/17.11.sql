-- From 16.0 to 17.11. What was added along the way is added here in the order of the releases, with the backfills of GitLab's migrations.

CREATE TABLE organizations (
    id bigserial PRIMARY KEY,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    name text DEFAULT '' NOT NULL,
    path text NOT NULL,
    visibility_level smallint DEFAULT 0 NOT NULL
);
CREATE UNIQUE INDEX unique_organizations_on_path_case_insensitive ON organizations (lower(path));
INSERT INTO organizations (id, created_at, updated_at, name, path) VALUES (1, '2024-01-01', '2024-01-01', 'Default', 'default');
SELECT setval('organizations_id_seq', 1000);

UPDATE users SET user_type = 0 WHERE user_type IS NULL;
ALTER TABLE users
    ALTER COLUMN user_type SET DEFAULT 0,
    ADD CONSTRAINT check_0dd5948e38 CHECK (user_type IS NOT NULL),
    ADD COLUMN composite_identity_enforced boolean DEFAULT false NOT NULL;

ALTER TABLE namespaces ADD COLUMN organization_id bigint DEFAULT 1 REFERENCES organizations (id);
ALTER TABLE namespaces ALTER COLUMN organization_id DROP DEFAULT, ADD CONSTRAINT check_2eae3bdf93 CHECK (organization_id IS NOT NULL);
ALTER TABLE projects ADD COLUMN organization_id bigint DEFAULT 1 REFERENCES organizations (id) ON DELETE CASCADE;
ALTER TABLE projects ALTER COLUMN organization_id DROP DEFAULT, ADD CONSTRAINT check_1a6f946a8a CHECK (organization_id IS NOT NULL);
CREATE TABLE project_settings (
    project_id bigint NOT NULL PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    extended_prat_expiry_webhooks_execute boolean DEFAULT false NOT NULL
);
ALTER TABLE namespace_settings
    ADD COLUMN service_access_tokens_expiration_enforced boolean DEFAULT true NOT NULL,
    ADD COLUMN disable_personal_access_tokens boolean DEFAULT false NOT NULL,
    ADD COLUMN resource_access_token_notify_inherited boolean,
    ADD COLUMN lock_resource_access_token_notify_inherited boolean DEFAULT false NOT NULL,
    ADD COLUMN token_expiry_notify_inherited boolean DEFAULT true NOT NULL,
    ADD COLUMN extended_grat_expiry_webhooks_execute boolean DEFAULT false NOT NULL;
ALTER TABLE members
    ADD COLUMN expiry_notified_at timestamp with time zone,
    ADD COLUMN request_accepted_at timestamp with time zone;
ALTER TABLE user_details ADD COLUMN bot_namespace_id bigint REFERENCES namespaces (id) ON DELETE SET NULL;
CREATE INDEX index_user_details_on_bot_namespace_id ON user_details (bot_namespace_id);
ALTER TABLE application_settings
    ADD COLUMN require_personal_access_token_expiry boolean DEFAULT true NOT NULL,
    ADD COLUMN token_prefixes jsonb DEFAULT '{}' NOT NULL;
ALTER TABLE web_hooks ADD COLUMN resource_access_token_events boolean DEFAULT false NOT NULL;

ALTER TABLE personal_access_tokens
    ALTER COLUMN user_id TYPE bigint,
    ADD COLUMN organization_id bigint DEFAULT 1 NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    ADD COLUMN seven_days_notification_sent_at timestamp with time zone,
    ADD COLUMN thirty_days_notification_sent_at timestamp with time zone,
    ADD COLUMN sixty_days_notification_sent_at timestamp with time zone,
    ADD COLUMN description text,
    ADD CONSTRAINT check_6d2ddc9355 CHECK (char_length(description) <= 255);
ALTER TABLE personal_access_tokens ALTER COLUMN organization_id DROP DEFAULT;
DROP INDEX index_expired_and_not_notified_personal_access_tokens;
CREATE INDEX index_personal_access_tokens_on_organization_id ON personal_access_tokens (organization_id);
CREATE INDEX index_pats_on_expiring_at_seven_days_notification_sent_at ON personal_access_tokens (expires_at, id)
    WHERE impersonation = false AND revoked = false AND seven_days_notification_sent_at IS NULL;
CREATE INDEX index_pats_on_expiring_at_thirty_days_notification_sent_at ON personal_access_tokens (expires_at, id)
    WHERE impersonation = false AND revoked = false AND thirty_days_notification_sent_at IS NULL;
CREATE INDEX index_pats_on_expiring_at_sixty_days_notification_sent_at ON personal_access_tokens (expires_at, id)
    WHERE impersonation = false AND revoked = false AND sixty_days_notification_sent_at IS NULL;

CREATE TABLE personal_access_token_last_used_ips (
    id bigserial PRIMARY KEY,
    personal_access_token_id bigint NOT NULL REFERENCES personal_access_tokens (id) ON DELETE CASCADE,
    organization_id bigint NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    ip_address inet
);
CREATE INDEX idx_pat_last_used_ips_on_pat_id ON personal_access_token_last_used_ips (personal_access_token_id);
CREATE INDEX idx_pat_last_used_ips_on_organization_id ON personal_access_token_last_used_ips (organization_id);
