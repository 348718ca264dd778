-- The tokens of docs/cli.md, whose day is 2026-11-24; the users, groups and projects are the kit's.
DELETE FROM personal_access_tokens;
UPDATE members SET expires_at = NULL;
UPDATE members SET expires_at = '2026-12-15' WHERE user_id = 20;
INSERT INTO personal_access_tokens (id, user_id, name, revoked, expires_at, created_at, updated_at, scopes, last_used_at, organization_id)
SELECT id, owner, name, id = 14, day::date, '2025-12-15 08:30:15', '2025-12-15 08:30:15', '---' || regexp_replace(' ' || scopes, ' ', E'\n- ', 'g') || E'\n', used::timestamptz, 1
FROM (VALUES
    (12, 2, 'laptop', '2026-11-20', 'api', '2026-11-19 17:03:40+00'),
    (14, 2, 'old runner', '2026-12-15', 'create_runner', '2026-02-11 13:22:14+00'),
    (15, 2, 'ci', '2026-12-15', 'read_api read_user', '2026-11-24 01:10:00+00'),
    (16, 8, 'deploy', '2026-12-15', 'read_registry write_registry', NULL),
    (31, 20, 'pipeline', '2026-12-15', 'api', '2026-11-23 22:41:07+00'),
    (32, 21, 'mirror', '2026-12-15', 'read_repository write_repository', '2026-11-24 00:00:03+00'),
    (33, 1, 'nightly backup', NULL, 'api sudo', '2026-11-24 02:00:00+00'),
    (34, 2, 'workshop', '2027-03-02', 'api', NULL)) AS row (id, owner, name, day, scopes, used);
INSERT INTO personal_access_tokens (user_id, name, expires_at, created_at, updated_at, scopes, organization_id)
SELECT 2, 'bulk ' || n, day::date, '2025-12-15', '2025-12-15', E'---\n- read_api\n', 1
FROM (VALUES ('2027-06-15', 1204), ('2027-01-14', 61), ('2026-11-30', 7)) AS days (day, tokens), generate_series(1, tokens) AS n;
UPDATE batched_background_migrations SET started_at = '2023-06-15 10:20:35+00', finished_at = '2023-06-15 10:23:01+00' WHERE table_name = 'personal_access_tokens';
