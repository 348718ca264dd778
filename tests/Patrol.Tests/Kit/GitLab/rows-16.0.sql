-- The awkward rows. Dates count from the session's setting kit.today; ids are named in Rows.cs.

INSERT INTO schema_migrations VALUES ('20181101091124'), ('20191014123159');
INSERT INTO application_settings (created_at, updated_at) VALUES ('2020-01-01', '2020-01-01');
INSERT INTO plan_limits (plan_id) VALUES (1);
INSERT INTO batched_background_migrations (created_at, updated_at, max_value, batch_size, sub_batch_size, "interval", status, job_class_name, table_name, column_name, started_at, finished_at)
VALUES ('2023-06-15 10:00:00+00', '2023-06-15 10:23:01+00', 2000, 1000, 100, 120, 3, 'CleanupPersonalAccessTokensWithNilExpiresAt', 'personal_access_tokens', 'id',
        '2023-06-15 10:20:35.987654+00', '2023-06-15 10:23:01.5+00'),
       ('2023-06-15 10:00:00+00', '2023-06-15 10:23:01+00', 2000, 1000, 100, 120, 3, 'CleanupPersonalAccessTokensWithNilExpiresAt', 'some_other_table', 'id',
        '2020-01-01 00:00:00+00', '2020-01-01 00:00:01+00');

INSERT INTO users (id, username, email, name, admin, projects_limit, state, user_type, created_at, updated_at, confirmed_at)
SELECT id, username, email, name, id = 1, 100000, state, user_type, '2020-01-01', '2020-01-01', '2020-01-01'
FROM (VALUES
    (1, 'root', 'admin@example.com', 'Administrator', 'active', 0),
    (2, 'jane', 'jane@example.com', 'Jane Doe', 'active', 0),
    (3, 'blocked', 'blocked@example.com', 'Blocked', 'blocked', 0),
    (4, 'ldap_blocked', 'ldap_blocked@example.com', 'Blocked by LDAP', 'ldap_blocked', 0),
    (5, 'banned', 'banned@example.com', 'Banned', 'banned', 0),
    (6, 'pending', 'pending@example.com', 'Waits for approval', 'blocked_pending_approval', 0),
    (7, 'ghost', 'ghost@example.com', 'Ghost User', 'active', 5),
    (8, 'service_account_deploy', 'service_account_deploy@noreply.gitlab.example.com', 'Deployer', 'active', 13),
    (9, 'veteran', 'veteran@example.com', 'Here since 2012', 'active', NULL),
    (10, 'nasty', 'nasty@example.com', E'\x1b]0;owned\x07=HYPERLINK("http://evil.example","x")', 'active', 0),
    (11, 'deactivated', 'deactivated@example.com', 'Deactivated', 'deactivated', 0),
    (20, 'project_7_bot_a1', 'project_7_bot_a1@noreply.gitlab.example.com', 'ci', 'active', 6),
    (21, 'group_25_bot_b2', 'group_25_bot_b2@noreply.gitlab.example.com', 'mirror', 'active', 6),
    (22, 'project_7_bot_c3', 'project_7_bot_c3@noreply.gitlab.example.com', 'in two places', 'active', 6),
    (23, 'group_26_bot_d4', 'group_26_bot_d4@noreply.gitlab.example.com', 'no membership, subgroup', 'active', 6),
    (24, 'group_26_bot_e5', 'group_26_bot_e5@noreply.gitlab.example.com', 'in a subgroup', 'active', 6),
    (25, 'project_8_bot1', 'project_8_bot1@noreply.gitlab.example.com', 'no membership, project', 'active', 6),
    (26, 'renovate', 'renovate@noreply.gitlab.example.com', 'no trace of a resource', 'active', 6),
    (27, 'project_7_bot_f6', 'project_7_bot_f6@noreply.gitlab.example.com', 'membership ends with the token', 'active', 6)
) AS row (id, username, email, name, state, user_type);
INSERT INTO user_details (user_id) SELECT id FROM users;

INSERT INTO namespaces (id, name, path, owner_id, type, parent_id, traversal_ids)
VALUES (1, 'Administrator', 'root', 1, 'User', NULL, '{1}'),
       (2, 'Jane Doe', 'jane', 2, 'User', NULL, '{2}'),
       (25, 'Acme', 'acme', NULL, 'Group', NULL, '{25}'),
       (26, 'プラットフォーム', 'platform', NULL, 'Group', 25, '{25,26}'),
       (107, 'App', 'app', NULL, 'Project', 25, '{25,107}'),
       (108, 'Deploy', 'deploy', NULL, 'Project', 26, '{25,26,108}'),
       (109, 'Dotfiles', 'dotfiles', NULL, 'Project', 2, '{2,109}');
INSERT INTO namespace_settings (namespace_id, created_at, updated_at) VALUES (25, '2020-01-01', '2020-01-01'), (26, '2020-01-01', '2020-01-01');
INSERT INTO projects (id, name, path, creator_id, namespace_id, project_namespace_id)
VALUES (7, 'App', 'app', 2, 25, 107), (8, 'Deploy', 'deploy', 2, 26, 108), (9, 'Dotfiles', 'dotfiles', 2, 2, 109);
INSERT INTO routes (source_id, source_type, path, name, namespace_id)
VALUES (1, 'Namespace', 'root', 'Administrator', 1), (2, 'Namespace', 'jane', 'Jane Doe', 2), (25, 'Namespace', 'acme', 'Acme', 25),
       (26, 'Namespace', 'acme/platform', 'Acme / プラットフォーム', 26), (7, 'Project', 'acme/app', 'Acme / App', 107),
       (8, 'Project', 'acme/platform/deploy', 'Acme / プラットフォーム / Deploy', 108), (9, 'Project', 'jane/dotfiles', 'Jane Doe / Dotfiles', 109);

INSERT INTO members (access_level, source_id, source_type, type, user_id, notification_level, expires_at, member_namespace_id, created_at, updated_at)
SELECT level, source, kind, CASE kind WHEN 'Project' THEN 'ProjectMember' ELSE 'GroupMember' END, "user", 3,
       current_setting('kit.today')::date + days, CASE kind WHEN 'Project' THEN source + 100 ELSE source END, '2024-01-01', '2024-01-01'
FROM (VALUES (50, 25, 'Namespace', 2, NULL::int), (40, 7, 'Project', 20, NULL), (50, 25, 'Namespace', 21, NULL), (30, 7, 'Project', 22, NULL), (20, 25, 'Namespace', 22, NULL),
             (40, 26, 'Namespace', 24, NULL), (40, 7, 'Project', 27, 30)) AS row (level, source, kind, "user", days);

-- A token's text is glpat- and its id in twenty digits; the salt stands in Rows.cs.
CREATE FUNCTION pg_temp.token(id bigint, owner bigint, name text, days int, revoked boolean DEFAULT false, impersonation boolean DEFAULT false,
    scopes text DEFAULT E'---\n- api\n- read_user\n', previous bigint DEFAULT NULL, age int DEFAULT 400, used int DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
    INSERT INTO personal_access_tokens (id, user_id, name, revoked, expires_at, created_at, updated_at, scopes, impersonation, token_digest, last_used_at, previous_personal_access_token_id)
    SELECT token.id, owner, token.name, token.revoked, today + days, today - age + time '08:30:15.123456', today - age + time '08:30:15.123456', token.scopes, token.impersonation,
           encode(sha256(convert_to('glpat-' || lpad(token.id::text, 20, '0') || '0123456789abcdef0123456789abcdef', 'UTF8')), 'base64'),
           (today - used + time '13:22:14.5') AT TIME ZONE 'UTC', previous
    FROM (SELECT current_setting('kit.today')::date AS today) AS day
$$;
SELECT pg_temp.token(1, 2, 'revoked is null', 30, revoked => NULL, used => 3);
SELECT pg_temp.token(2, 2, 'scopes are symbols', 30, scopes => E'---\n- :api\n- :read_user\n');
SELECT pg_temp.token(3, 2, 'ends today', 0, used => 1);
SELECT pg_temp.token(4, 2, 'ended yesterday', -1, used => 2);
SELECT pg_temp.token(5, 2, 'ends tomorrow', 1);
SELECT pg_temp.token(6, 2, 'ends in 7 days', 7);
SELECT pg_temp.token(7, 2, 'ends in 8 days', 8);
SELECT pg_temp.token(8, 2, 'ends in 31 days', 31);
SELECT pg_temp.token(9, 2, 'ends in 60 days', 60);
SELECT pg_temp.token(10, 2, 'ends in a year', 365, age => 0);
SELECT pg_temp.token(11, 2, 'never ends', NULL, used => 200);
SELECT pg_temp.token(12, 1, 'root never ends', NULL, scopes => E'---\n- api\n- sudo\n- admin_mode\n');
SELECT pg_temp.token(13, 2, 'impersonation', 30, impersonation => true);
SELECT pg_temp.token(14, 2, 'revoked', 30, revoked => true);
SELECT pg_temp.token(15, 8, 'service account', 30);
SELECT pg_temp.token(16, 9, 'owner without type', 30);
SELECT pg_temp.token(17, 3, 'owner blocked', 30);
SELECT pg_temp.token(18, 4, 'owner blocked by LDAP', 30);
SELECT pg_temp.token(19, 5, 'owner banned', 30);
SELECT pg_temp.token(20, 6, 'owner waits', 30);
SELECT pg_temp.token(21, 7, 'owner is the ghost', 30);
SELECT pg_temp.token(22, 11, 'owner deactivated', 30);
SELECT pg_temp.token(23, 2, 'no scope', 30, scopes => E'--- []\n');
SELECT pg_temp.token(24, 2, 'never used, young', 180, age => 2);
SELECT pg_temp.token(25, 2, 'never used, old', 180);
SELECT pg_temp.token(30, 20, 'ci', 30, revoked => true, used => 9);
SELECT pg_temp.token(31, 20, 'ci', 30, previous => 30, age => 5, scopes => E'---\n- api\n- read_registry\n- write_registry\n', used => 0);
SELECT pg_temp.token(32, 21, 'mirror', 30, scopes => E'---\n- read_api\n- create_runner\n');
SELECT pg_temp.token(33, 22, 'in two places', 30);
SELECT pg_temp.token(34, 23, 'no membership, subgroup', 30);
SELECT pg_temp.token(35, 24, 'in a subgroup', 30);
SELECT pg_temp.token(36, 25, 'no membership, project', 30);
SELECT pg_temp.token(37, 26, 'no trace of a resource', 30);
SELECT pg_temp.token(38, 27, 'membership ends with the token', 30);
SELECT pg_temp.token(40, 2, 'chain', 120, revoked => true, age => 100);
SELECT pg_temp.token(40 + step, 2, 'chain', 120 + step, revoked => step < 5, previous => 39 + step, age => 100 - step) FROM generate_series(1, 5) AS step;
SELECT pg_temp.token(50, 10, E'\x1b[31mred\x1b[0m\x07', 61);
SELECT pg_temp.token(51, 10, '=cmd|'' /C calc''!A0', 61);
SELECT pg_temp.token(52, 10, E'two\nlines\tand\ra tab', 61);
SELECT pg_temp.token(53, 10, 'say "yes", it''s', 61);
SELECT pg_temp.token(54, 10, '日本語のトークン 🔑', 61);
SELECT pg_temp.token(55, 10, '+1', 61);
SELECT pg_temp.token(56, 10, '-1', 61);
SELECT pg_temp.token(57, 10, '@SUM(A1:A9)', 61);
SELECT pg_temp.token(58, 10, U&'\009b31m \202e gnp.exe \2028 \feff', 61);
SELECT pg_temp.token(59, 10, repeat('long ', 100), 61);
SELECT pg_temp.token(60, 10, '[red]markup[/] </script> {0} %s $(id) `id`', 61);
-- 1,100 on one day, so that no batch of 1,000 holds them.
SELECT pg_temp.token(1000 + n, 2, 'bulk ' || n, 90, revoked => CASE WHEN n % 100 = 0 THEN true WHEN n % 50 = 0 THEN NULL ELSE false END, impersonation => n % 75 = 0, age => 30)
FROM generate_series(1, 1100) AS n;
UPDATE personal_access_tokens SET expire_notification_delivered = true WHERE id IN (3, 4, 5, 6, 38);
UPDATE personal_access_tokens SET after_expiry_notification_delivered = true WHERE id IN (3, 4);

SELECT setval('users_id_seq', 1000), setval('namespaces_id_seq', 1000), setval('projects_id_seq', 1000), setval('personal_access_tokens_id_seq', 10000);
