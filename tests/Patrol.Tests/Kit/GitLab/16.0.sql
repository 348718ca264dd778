-- What a tool that works on GitLab's database touches, as GitLab 16.0 has it: column types, what may be NULL, indexes and foreign
-- keys. Only the columns that matter to tokens, and those without which a row cannot be written.

CREATE TABLE schema_migrations (version varchar NOT NULL PRIMARY KEY);

CREATE TABLE application_settings (
    id bigserial PRIMARY KEY,
    created_at timestamp without time zone,
    updated_at timestamp without time zone,
    personal_access_token_prefix text DEFAULT 'glpat-',
    max_personal_access_token_lifetime integer
);

CREATE TABLE plan_limits (
    id bigserial PRIMARY KEY,
    plan_id bigint NOT NULL,
    offset_pagination_limit integer DEFAULT 50000 NOT NULL,
    project_access_token_limit integer DEFAULT 0 NOT NULL
);

CREATE TABLE batched_background_migrations (
    id bigserial PRIMARY KEY,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    min_value bigint DEFAULT 1 NOT NULL,
    max_value bigint NOT NULL,
    batch_size integer NOT NULL,
    sub_batch_size integer NOT NULL,
    "interval" smallint NOT NULL,
    status smallint DEFAULT 0 NOT NULL,
    job_class_name text NOT NULL,
    batch_class_name text DEFAULT 'PrimaryKeyBatchingStrategy' NOT NULL,
    table_name text NOT NULL,
    column_name text NOT NULL,
    job_arguments jsonb DEFAULT '[]' NOT NULL,
    total_tuple_count bigint,
    started_at timestamp with time zone,
    finished_at timestamp with time zone
);

CREATE TABLE users (
    id bigserial PRIMARY KEY,
    email varchar DEFAULT '' NOT NULL,
    encrypted_password varchar DEFAULT '' NOT NULL,
    created_at timestamp without time zone,
    updated_at timestamp without time zone,
    name varchar,
    admin boolean DEFAULT false NOT NULL,
    projects_limit integer NOT NULL,
    username varchar,
    can_create_group boolean DEFAULT true NOT NULL,
    can_create_team boolean DEFAULT true NOT NULL,
    state varchar,
    color_scheme_id bigint DEFAULT 1 NOT NULL,
    created_by_id bigint,
    confirmed_at timestamp without time zone,
    note text,
    external boolean DEFAULT false,
    otp_required_for_login boolean DEFAULT false NOT NULL,
    auditor boolean DEFAULT false NOT NULL,
    last_activity_on date,
    managing_group_id bigint,
    private_profile boolean DEFAULT false NOT NULL,
    -- A human may be NULL in this generation.
    user_type smallint
);
CREATE UNIQUE INDEX index_users_on_email ON users (email);
CREATE INDEX index_users_on_username ON users (username);
CREATE INDEX index_users_on_state_and_user_type ON users (state, user_type);

CREATE TABLE user_details (
    user_id bigint NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    job_title varchar(200) DEFAULT '' NOT NULL,
    bio varchar(255) DEFAULT '' NOT NULL,
    provisioned_by_group_id bigint
);

CREATE TABLE namespaces (
    id bigserial PRIMARY KEY,
    name varchar NOT NULL,
    path varchar NOT NULL,
    owner_id bigint,
    created_at timestamp without time zone,
    updated_at timestamp without time zone,
    type varchar DEFAULT 'User' NOT NULL,
    description varchar DEFAULT '' NOT NULL,
    visibility_level integer DEFAULT 20 NOT NULL,
    request_access_enabled boolean DEFAULT true NOT NULL,
    parent_id bigint,
    require_two_factor_authentication boolean DEFAULT false NOT NULL,
    shared_runners_enabled boolean DEFAULT true NOT NULL,
    max_personal_access_token_lifetime integer,
    traversal_ids bigint[] DEFAULT '{}' NOT NULL
);
CREATE INDEX index_namespaces_on_type_and_id ON namespaces (type, id);
CREATE UNIQUE INDEX index_namespaces_name_parent_id_type ON namespaces (name, parent_id, type);

CREATE TABLE namespace_settings (
    namespace_id bigint NOT NULL PRIMARY KEY REFERENCES namespaces (id) ON DELETE CASCADE,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    resource_access_token_creation_allowed boolean DEFAULT true NOT NULL
);

CREATE TABLE projects (
    id bigserial PRIMARY KEY,
    name varchar,
    path varchar,
    created_at timestamp without time zone,
    updated_at timestamp without time zone,
    creator_id bigint,
    namespace_id bigint NOT NULL REFERENCES namespaces (id),
    visibility_level integer DEFAULT 0 NOT NULL,
    archived boolean DEFAULT false NOT NULL,
    pending_delete boolean DEFAULT false,
    marked_for_deletion_at date,
    hidden boolean DEFAULT false NOT NULL,
    project_namespace_id bigint REFERENCES namespaces (id) ON DELETE CASCADE,
    CONSTRAINT check_fa75869cb1 CHECK (project_namespace_id IS NOT NULL)
);
CREATE UNIQUE INDEX index_projects_on_project_namespace_id ON projects (project_namespace_id);

CREATE TABLE routes (
    id bigserial PRIMARY KEY,
    source_id bigint NOT NULL,
    source_type varchar NOT NULL,
    path varchar NOT NULL,
    created_at timestamp without time zone,
    updated_at timestamp without time zone,
    name varchar,
    namespace_id bigint REFERENCES namespaces (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX index_routes_on_path ON routes (path);
CREATE UNIQUE INDEX index_routes_on_source_type_and_source_id ON routes (source_type, source_id);
CREATE UNIQUE INDEX index_routes_on_namespace_id ON routes (namespace_id);

CREATE TABLE members (
    id bigserial PRIMARY KEY,
    access_level integer NOT NULL,
    source_id bigint NOT NULL,
    source_type varchar NOT NULL,
    user_id bigint REFERENCES users (id) ON DELETE CASCADE,
    notification_level integer NOT NULL,
    type varchar NOT NULL,
    created_at timestamp without time zone,
    updated_at timestamp without time zone,
    created_by_id bigint,
    invite_email varchar,
    invite_token varchar,
    invite_accepted_at timestamp without time zone,
    requested_at timestamp without time zone,
    expires_at date,
    ldap boolean DEFAULT false NOT NULL,
    override boolean DEFAULT false NOT NULL,
    state smallint DEFAULT 0,
    invite_email_success boolean DEFAULT true NOT NULL,
    member_namespace_id bigint REFERENCES namespaces (id) ON DELETE CASCADE,
    member_role_id bigint,
    CONSTRAINT check_508774aac0 CHECK (member_namespace_id IS NOT NULL)
);
CREATE INDEX index_members_on_user_id_and_access_level ON members (user_id, access_level) WHERE requested_at IS NULL;
CREATE INDEX index_members_on_source_id_and_source_type ON members (source_id, source_type);
CREATE INDEX index_members_on_expires_at ON members (expires_at);
CREATE UNIQUE INDEX index_members_on_invite_token ON members (invite_token);

CREATE TABLE personal_access_tokens (
    id bigserial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name varchar NOT NULL,
    revoked boolean DEFAULT false,
    expires_at date,
    created_at timestamp without time zone NOT NULL,
    updated_at timestamp without time zone NOT NULL,
    scopes varchar DEFAULT E'--- []\n' NOT NULL,
    impersonation boolean DEFAULT false NOT NULL,
    token_digest varchar,
    expire_notification_delivered boolean DEFAULT false NOT NULL,
    last_used_at timestamp with time zone,
    after_expiry_notification_delivered boolean DEFAULT false NOT NULL,
    previous_personal_access_token_id bigint REFERENCES personal_access_tokens (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX index_personal_access_tokens_on_token_digest ON personal_access_tokens (token_digest);
CREATE INDEX index_personal_access_tokens_on_user_id ON personal_access_tokens (user_id);
CREATE INDEX index_pat_on_user_id_and_expires_at ON personal_access_tokens (user_id, expires_at);
CREATE INDEX index_personal_access_tokens_on_id_and_created_at ON personal_access_tokens (id, created_at);
CREATE INDEX index_expired_and_not_notified_personal_access_tokens ON personal_access_tokens (id, expires_at)
    WHERE impersonation = false AND revoked = false AND expire_notification_delivered = false;
CREATE INDEX idx_personal_access_tokens_on_previous_personal_access_token_id ON personal_access_tokens (previous_personal_access_token_id);

-- A leftover that nothing writes.
CREATE TABLE project_access_tokens (
    personal_access_token_id bigint NOT NULL REFERENCES personal_access_tokens (id) ON DELETE CASCADE,
    project_id bigint NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    PRIMARY KEY (personal_access_token_id, project_id)
);

CREATE TABLE web_hooks (
    id bigserial PRIMARY KEY,
    project_id bigint,
    type varchar DEFAULT 'ProjectHook'
);
