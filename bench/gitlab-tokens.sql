-- The table of the rake task's documentation: the tokens of its first day times the setting bench.scale (1 is all 1,565,353 of them).
-- One token in fifty belongs to a bot with a membership, one owner in a hundred is blocked.
INSERT INTO batched_background_migrations (created_at, updated_at, max_value, batch_size, sub_batch_size, "interval", status, job_class_name, table_name, column_name, started_at, finished_at)
VALUES ('2023-06-15 10:00:00+00', '2023-06-15 10:23:01+00', 2000, 1000, 100, 120, 3, 'CleanupPersonalAccessTokensWithNilExpiresAt', 'personal_access_tokens', 'id',
        '2023-06-15 10:20:35+00', '2023-06-15 10:23:01+00');
INSERT INTO users (id, username, email, name, projects_limit, state, user_type, created_at, updated_at)
SELECT n, 'user' || n, 'user' || n || '@example.com', 'User ' || n, 10, CASE WHEN n % 100 = 0 THEN 'blocked' ELSE 'active' END, 0, '2020-01-01', '2020-01-01'
FROM generate_series(1, 100000) AS n;
INSERT INTO namespaces (id, name, path, owner_id, type, organization_id, traversal_ids) VALUES (1, 'Acme', 'acme', NULL, 'Group', 1, '{1}');
INSERT INTO routes (source_id, source_type, path, name, namespace_id) VALUES (1, 'Namespace', 'acme', 'Acme', 1);
INSERT INTO users (id, username, email, name, projects_limit, state, user_type, created_at, updated_at)
SELECT 200000 + n, 'group_1_bot' || n, 'group_1_bot' || n || '@noreply.gitlab.example.com', 'bot ' || n, 10, 'active', 6, '2020-01-01', '2020-01-01'
FROM generate_series(1, 2000) AS n;
INSERT INTO members (access_level, source_id, source_type, type, user_id, notification_level, member_namespace_id, created_at, updated_at)
SELECT 40, 1, 'Namespace', 'GroupMember', 200000 + n, 3, 1, '2020-01-01', '2020-01-01' FROM generate_series(1, 2000) AS n;
INSERT INTO personal_access_tokens (user_id, name, expires_at, created_at, updated_at, scopes, token_digest, last_used_at, organization_id)
SELECT CASE WHEN n % 50 = 0 THEN 200001 + n / 50 % 2000 ELSE 1 + n % 100000 END, 'token ' || n, day::date, '2022-01-01', '2022-01-01',
       CASE n % 3 WHEN 0 THEN E'---\n- api\n' WHEN 1 THEN E'---\n- read_api\n- read_user\n' ELSE E'---\n- read_repository\n' END,
       md5(day || n) || '=', CASE WHEN n % 4 > 0 THEN timestamp '2024-01-01' + n % 1000 * interval '1 hour' END, 1
FROM (VALUES ('2024-06-15', ceil(1565353 * current_setting('bench.scale')::numeric)::int), ('2017-12-31', 2508), ('2018-01-01', 1008), ('2016-12-31', 833), ('2017-08-31', 705),
      ('2017-06-30', 596), ('2018-12-31', 548), ('2017-05-31', 523), ('2017-09-30', 520), ('2017-07-31', 494)) AS days (day, tokens), generate_series(1, tokens) AS n;
VACUUM ANALYZE;
