-- What 17.11 adds to the awkward rows.

UPDATE user_details SET bot_namespace_id = namespace
FROM (VALUES (20, 107), (21, 25), (22, 107), (23, 26), (24, 26), (25, 108), (27, 107)) AS bot ("user", namespace) WHERE user_id = "user";
UPDATE personal_access_tokens SET description = 'for the nightly export' WHERE id = 1;
UPDATE personal_access_tokens SET seven_days_notification_sent_at = (current_setting('kit.today')::date + time '01:00:03.25') AT TIME ZONE 'UTC' WHERE id IN (5, 6);
UPDATE personal_access_tokens SET thirty_days_notification_sent_at = (current_setting('kit.today')::date - 1 + time '01:00:03.25') AT TIME ZONE 'UTC' WHERE id IN (1, 6, 38);
UPDATE personal_access_tokens SET sixty_days_notification_sent_at = (current_setting('kit.today')::date - 30 + time '01:00:03.25') AT TIME ZONE 'UTC' WHERE id IN (1, 9, 38);

INSERT INTO organizations (id, created_at, updated_at, name, path) VALUES (2, '2025-01-01', '2025-01-01', 'Elsewhere', 'Elsewhere');
INSERT INTO users (id, username, email, name, projects_limit, state, user_type, created_at, updated_at, confirmed_at)
VALUES (12, 'elsewhere', 'elsewhere@example.org', 'Of another organization', 100000, 'active', 0, '2025-01-01', '2025-01-01', '2025-01-01');
INSERT INTO user_details (user_id) VALUES (12);
INSERT INTO personal_access_tokens (id, user_id, name, expires_at, created_at, updated_at, scopes, token_digest, organization_id)
SELECT 70, 12, 'of another organization', today + 30, today - 10, today - 10, E'---\n- read_api\n',
       encode(sha256('glpat-000000000000000000700123456789abcdef0123456789abcdef'), 'base64'), 2
FROM (SELECT current_setting('kit.today')::date AS today) AS day;
INSERT INTO personal_access_token_last_used_ips (personal_access_token_id, organization_id, created_at, updated_at, ip_address)
VALUES (1, 1, now(), now(), '203.0.113.7'), (1, 1, now(), now(), '2001:db8::7');
