-- What 18.6 adds to the awkward rows.

INSERT INTO personal_access_tokens (id, user_id, name, expires_at, created_at, updated_at, scopes, token_digest, organization_id, user_type, granular)
SELECT 71, 2, 'fine-grained', today + 30, today - 10, today - 10, E'---\n- granular\n',
       encode(sha256('glpat-000000000000000000710123456789abcdef0123456789abcdef'), 'base64'), 1, 0, true
FROM (SELECT current_setting('kit.today')::date AS today) AS day;
