-- From 17.11 to 18.6: a token knows its owner's type, and a group-owned bot's token the root group.

ALTER TABLE personal_access_tokens
    ADD COLUMN group_id bigint REFERENCES namespaces (id) ON DELETE CASCADE,
    ADD COLUMN user_type smallint,
    ADD COLUMN granular boolean DEFAULT false NOT NULL;
CREATE INDEX index_personal_access_tokens_on_group_id ON personal_access_tokens (group_id);

-- The backfill runs in the background: a row may not have been reached yet.
UPDATE personal_access_tokens pat SET user_type = u.user_type FROM users u WHERE u.id = pat.user_id AND pat.id <> 25;
UPDATE personal_access_tokens pat SET group_id = root.id
FROM user_details d JOIN namespaces n ON n.id = d.bot_namespace_id JOIN namespaces root ON root.id = n.traversal_ids[1] AND root.type = 'Group'
WHERE d.user_id = pat.user_id AND n.type = 'Group';
