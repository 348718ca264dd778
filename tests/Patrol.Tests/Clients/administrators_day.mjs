#!/usr/bin/env node
// An administrator's day with @gitbeaker/rest.
//
// Takes PATROL_URL and PATROL_TOKEN (an administrator's token with every scope) from the environment. Prints one line for each
// promise, "ok - …" or "not ok - …", and ends with 1 if one was not kept.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { GitbeakerRequestError, Gitlab } from '@gitbeaker/rest';

const host = process.env.PATROL_URL.replace(/\/$/, '');
const root = process.env.PATROL_TOKEN;
const run = randomBytes(4).toString('hex');
const fields = ['id', 'name', 'revoked', 'created_at', 'description', 'scopes', 'user_id', 'last_used_at', 'active', 'expires_at'];
const expiredText = 'Token is expired. You can either do re-authorization or token refresh.';
const revokedText = 'Token was revoked. You have to re-authorize from the user.';
let failures = 0;

const client = (token, options = {}) => new Gitlab({ host, token, ...options });
const gl = client(root);
const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const password = () => randomBytes(18).toString('base64');
const ids = (items) => items.map((item) => item.id);
const same = assert.deepEqual;

async function promise(text, body) {
  try {
    const result = await body();
    console.log(`ok - ${text}`);
    return result;
  } catch (error) {
    failures += 1;
    console.log(`not ok - ${text}`);
    console.log(`    ${error.stack.replaceAll('\n', '\n    ')}`);
    if (error.cause?.request) console.log(`    ${error.cause.request.method} ${error.cause.request.url} ${error.cause.response.status}`);
    return undefined;
  }
}

/** The call must raise the client's own error, with this status and these words: the body's `error`, or else its `message`. */
async function refused(status, words, call) {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof GitbeakerRequestError)) throw error;
    same([error.cause.response.status, error.message.includes(words) ? words : error.message], [status, words]);
    return error;
  }
  return assert.fail('was not refused');
}

/** Expired and revoked tokens: the client shows the code, the header tells the reason. */
async function invalid(reason, call) {
  const error = await refused(401, 'invalid_token', call);
  assert.ok(error.cause.response.headers.get('www-authenticate').includes(`error_description="${reason}"`));
}

function tokenFields(token, expected) {
  for (const field of fields) assert.ok(field in token, `${field} is missing in ${JSON.stringify(token)}`);
  assert.match(token.created_at, /Z$/);
  for (const [field, value] of Object.entries(expected)) same(token[field], value, field);
}

// Signing in.

const me = await promise('an administrator signs in', async () => {
  const user = await gl.Users.showCurrentUser();
  same([user.is_admin, user.state], [true, 'active']);
  return user;
});

await promise('the version is told', async () => {
  const metadata = await gl.Metadata.show();
  assert.match(metadata.version, /^\d+\./);
  assert.equal(typeof metadata.enterprise, 'boolean');
});

await promise('no token and an unknown one are refused', async () => {
  await refused(401, '401 Unauthorized', new Gitlab({ host }).Users.all());
  await refused(401, '401 Unauthorized', client(`glpat-${'x'.repeat(20)}`).Users.showCurrentUser());
});

await promise('a bearer header signs in, too', async () => {
  same((await new Gitlab({ host, oauthToken: root }).Users.showCurrentUser()).id, me.id);
});

// Users.

const newUser = (name) => gl.Users.create({
  email: `${name}-${run}@example.org`, username: `${name}-${run}`, name: `${name} example`, password: password(), skipConfirmation: true,
});

const alice = await promise('a user is created', async () => {
  const user = await newUser('alice');
  same([user.username, user.name, user.email, user.state, user.is_admin], [`alice-${run}`, 'alice example', `alice-${run}@example.org`, 'active', false]);
  return user;
});

const bob = await promise('another user is created', () => newUser('bob'));

await promise('a user is found by id, by name and by search', async () => {
  same((await gl.Users.show(alice.id)).username, alice.username);
  same(ids(await gl.Users.all({ username: alice.username })), [alice.id]);
  same(ids(await gl.Users.all({ search: alice.email })), [alice.id]);
  same(await gl.Users.all({ username: `nobody-${run}` }), []);
  await refused(404, '404 User Not Found', gl.Users.show(999_999_999));
});

await promise('a user is renamed', async () => {
  same((await gl.Users.edit(bob.id, { name: 'Robert Example' })).name, 'Robert Example');
  same((await gl.Users.show(bob.id)).name, 'Robert Example');
});

await promise('a user that is taken or has no name is refused', async () => {
  const again = { email: `other-${run}@example.org`, username: alice.username, name: 'Again', password: password() };
  await refused(409, 'Username has already been taken', gl.Users.create(again));
  await refused(409, 'Email has already been taken', gl.Users.create({ ...again, username: `other-${run}`, email: alice.email }));
  await refused(400, 'name is missing, username is missing', gl.Users.create({ email: again.email, password: password() }));
});

// Personal tokens.

const create = (user, name, scopes, options) => gl.PersonalAccessTokens.create(user.id, name, scopes, options);

const alices = await promise('a user gets a personal token, which works as this user', async () => {
  const token = await create(alice, `deploy ${run}`, ['api'], { expiresAt: day(30), description: 'rolls out releases' });
  tokenFields(token, {
    name: `deploy ${run}`, scopes: ['api'], user_id: alice.id, expires_at: day(30), active: true, revoked: false, last_used_at: null,
    description: 'rolls out releases',
  });
  assert.match(token.token, /^glpat-/);
  same((await client(token.token).Users.showCurrentUser()).username, alice.username);
  same((await client(token.token).PersonalAccessTokens.show()).id, token.id);
  return token;
});

const yearly = await promise('a token without a date lasts a year', async () => {
  const token = await gl.Users.createPersonalAccessToken(alice.id, `year ${run}`, ['read_api', 'read_repository']);
  same(token.expires_at, day(365));
  same(token.scopes.toSorted(), ['read_api', 'read_repository']);
  return token;
});

const expired = await promise('an expired token is made, and refused when used', async () => {
  const token = await create(alice, `old ${run}`, ['api'], { expiresAt: day(-1) });
  same(token.active, false);
  await invalid(expiredText, client(token.token).Users.showCurrentUser());
  return token;
});

await promise('a token that makes no sense is refused', async () => {
  await refused(422, `must be before ${day(365)}`, create(alice, 'long', ['api'], { expiresAt: day(366) }));
  await refused(400, 'scopes does not have a valid value', create(alice, 'odd', ['everything']));
  await refused(400, 'name is missing', create(alice, undefined, ['api']));
  await refused(404, '404 User Not Found', create({ id: 999_999_999 }, 'n', ['api']));
});

await promise('tokens are listed by user, state, revocation, instants and dates', async () => {
  const list = async (options) => ids(await gl.PersonalAccessTokens.all({ userId: alice.id, ...options }));
  same(await list(), [alices.id, yearly.id, expired.id]);
  same(await list({ state: 'active' }), [alices.id, yearly.id]);
  same(await list({ state: 'inactive' }), [expired.id]);
  same(await list({ revoked: true }), []);
  same(await list({ revoked: false }), [alices.id, yearly.id, expired.id]);
  same(await list({ createdBefore: `${day(-1)}T00:00:00Z` }), []);
  same(await list({ createdAfter: `${day(-1)}T00:00:00Z` }), [alices.id, yearly.id, expired.id]);
  same(await list({ lastUsedAfter: `${day(-1)}T00:00:00Z` }), [alices.id]);
  same(await list({ lastUsedBefore: `${day(-1)}T00:00:00Z` }), []);
  same(await list({ expiresBefore: day(30) }), [expired.id]);
  same(await list({ expiresAfter: day(30) }), [alices.id, yearly.id]);
  same(await list({ sort: 'name_asc' }), [alices.id, expired.id, yearly.id]);
  same(ids(await gl.PersonalAccessTokens.all({ search: `DEPLOY ${run}` })), [alices.id]);
  assert.ok((await gl.PersonalAccessTokens.all()).every((token) => !('token' in token)));
  await refused(400, 'state does not have a valid value', gl.PersonalAccessTokens.all({ state: 'asdf' }));
  await refused(400, 'expires_before is invalid', gl.PersonalAccessTokens.all({ expiresBefore: 'soon' }));
});

await promise('one token is got, with where it was used from', async () => {
  const token = await gl.PersonalAccessTokens.show({ tokenId: alices.id });
  tokenFields(token, { id: alices.id, active: true });
  assert.ok(token.last_used_at && token.last_used_ips.length > 0);
  await refused(404, '404 Not Found', gl.PersonalAccessTokens.show({ tokenId: 999_999_999 }));
});

await promise('a client that wants camels gets them', async () => {
  const token = await client(root, { camelize: true }).PersonalAccessTokens.show({ tokenId: alices.id });
  same([token.userId, token.expiresAt], [alice.id, day(30)]);
});

await promise('a user sees only her own tokens and makes none for others', async () => {
  const other = client(alices.token);
  same([...new Set((await other.PersonalAccessTokens.all()).map((token) => token.user_id))], [alice.id]);
  await refused(401, '401 Unauthorized', other.PersonalAccessTokens.all({ userId: bob.id }));
  await refused(401, '401 Unauthorized', other.PersonalAccessTokens.show({ tokenId: 1 }));
  await refused(403, '403 Forbidden', other.PersonalAccessTokens.create(bob.id, 'n', ['api']));
  await refused(403, '403 Forbidden', other.Users.block(bob.id));
});

await promise('a scope that is too small is refused', async () => {
  const error = await refused(403, 'insufficient_scope', client(yearly.token).PersonalAccessTokens.remove({ tokenId: alices.id }));
  assert.equal(error.cause.response.headers.get('www-authenticate'), null);
});

const rotated = await promise('a token is rotated: the old text ends, the new one works', async () => {
  const token = await gl.PersonalAccessTokens.rotate(alices.id, { expiresAt: day(60) });
  tokenFields(token, { name: `deploy ${run}`, scopes: ['api'], user_id: alice.id, expires_at: day(60), active: true, last_used_at: null });
  same((await client(token.token).Users.showCurrentUser()).id, alice.id);
  same((await gl.PersonalAccessTokens.show({ tokenId: alices.id })).revoked, true);
  await invalid(revokedText, client(alices.token).Users.showCurrentUser());
  await refused(400, '400 Bad request - Token already revoked', gl.PersonalAccessTokens.rotate(alices.id));
  return token;
});

await promise('a token rotates itself, for a week if no date is given; who uses the old text for that ends the family', async () => {
  const token = await client(rotated.token).PersonalAccessTokens.rotate('self');
  same(token.expires_at, day(7));
  same((await client(token.token).PersonalAccessTokens.show()).id, token.id);
  await invalid(revokedText, client(rotated.token).PersonalAccessTokens.rotate('self'));
  await invalid(revokedText, client(token.token).PersonalAccessTokens.show());
});

await promise('tokens are revoked, by an administrator and by themselves', async () => {
  await gl.PersonalAccessTokens.remove({ tokenId: yearly.id });
  same((await gl.PersonalAccessTokens.show({ tokenId: yearly.id })).active, false);
  const token = await create(bob, 'brief', ['read_api']);
  await client(token.token).PersonalAccessTokens.remove();
  await invalid(revokedText, client(token.token).PersonalAccessTokens.show());
  await refused(404, '404 Not', gl.PersonalAccessTokens.remove({ tokenId: 999_999_999 }));
});

await promise("the lists' pages are walked to the end", async () => {
  const made = [];
  for (let number = 0; number < 25; number += 1) {
    made.push((await create(bob, `page ${run} ${String(number).padStart(2, '0')}`, ['read_api'])).id);
  }
  const search = `page ${run}`;
  same(ids(await gl.PersonalAccessTokens.all({ search, perPage: 7 })), made);
  same(ids(await gl.PersonalAccessTokens.all({ search, perPage: 10, maxPages: 2 })), made.slice(0, 20));
  const { data, paginationInfo } = await gl.PersonalAccessTokens.all({ search, page: 2, perPage: 10, showExpanded: true });
  same(ids(data), made.slice(10, 20));
  same(paginationInfo, { total: 25, next: 3, current: 2, previous: 1, perPage: 10, totalPages: 3 });
});

// Impersonation.

await promise('an impersonation token acts as its user, is listed, got and revoked', async () => {
  const token = await gl.UserImpersonationTokens.create(alice.id, 'help desk', ['api', 'read_user'], { expiresAt: day(3) });
  tokenFields(token, { scopes: ['api', 'read_user'], user_id: alice.id, expires_at: day(3), impersonation: true, active: true });
  same((await client(token.token).Users.showCurrentUser()).id, alice.id);
  const old = await gl.UserImpersonationTokens.create(alice.id, 'long ago', ['api'], { expiresAt: day(-7) });
  same(ids(await gl.UserImpersonationTokens.all(alice.id)), [token.id, old.id]);
  same(ids(await gl.UserImpersonationTokens.all(alice.id, { state: 'active' })), [token.id]);
  same(ids(await gl.UserImpersonationTokens.all(alice.id, { state: 'inactive' })), [old.id]);
  same((await gl.UserImpersonationTokens.show(alice.id, token.id)).impersonation, true);
  await gl.UserImpersonationTokens.revoke(alice.id, token.id);
  same((await gl.UserImpersonationTokens.show(alice.id, token.id)).revoked, true);
  await invalid(revokedText, client(token.token).Users.showCurrentUser());
  await invalid(expiredText, client(old.token).Users.showCurrentUser());
  await refused(404, '404 Impersonation Token Not Found', gl.UserImpersonationTokens.show(alice.id, 999_999_999));
  await refused(400, `{"expires_at":["can't be blank"]}`, gl.UserImpersonationTokens.create(alice.id, 'no date', ['api']));
});

// Groups, projects and their members.

const group = await promise('a group is created', async () => {
  const made = await gl.Groups.create(`Team ${run}`, `team-${run}`, { description: 'all of us', visibility: 'private' });
  same([made.full_path, made.visibility, made.parent_id], [`team-${run}`, 'private', null]);
  return made;
});

const subgroup = await promise('a group is created in a group', async () => {
  const made = await gl.Groups.create('Inner', 'inner', { parentId: group.id });
  same([made.full_path, made.full_name, made.parent_id], [`team-${run}/inner`, `Team ${run} / Inner`, group.id]);
  same(ids(await gl.Groups.allSubgroups(group.id)), [made.id]);
  return made;
});

await promise('groups are got by path, found by search and changed', async () => {
  same((await gl.Groups.show(`team-${run}/inner`)).id, subgroup.id);
  assert.ok(ids(await gl.Groups.search(`team-${run}`)).includes(group.id));
  same((await gl.Groups.edit(group.id, { description: 'some of us' })).description, 'some of us');
  await refused(404, '404 Group Not Found', gl.Groups.show(`team-${run}/nowhere`));
  await refused(400, 'has already been taken', gl.Groups.create('Again', `team-${run}`));
});

const project = await promise('a project is created in a group', async () => {
  const made = await gl.Projects.create({ name: 'Site', path: 'site', namespaceId: subgroup.id, description: 'our site' });
  same([made.path_with_namespace, made.namespace.id, made.visibility], [`team-${run}/inner/site`, subgroup.id, 'private']);
  return made;
});

await promise('projects are got by path, listed, searched and changed', async () => {
  same((await gl.Projects.show(`team-${run}/inner/site`)).id, project.id);
  same(ids(await gl.Groups.allProjects(`team-${run}/inner`)), [project.id]);
  assert.ok(ids(await gl.Projects.search('site')).includes(project.id));
  same((await gl.Projects.edit(project.id, { description: 'site of all' })).description, 'site of all');
  await refused(404, '404 Project Not Found', gl.Projects.show(`team-${run}/inner/none`));
});

await promise('what somebody may not see is not found', async () => {
  const outsider = client((await create(bob, 'looks', ['api'])).token);
  await refused(404, '404 Group Not Found', outsider.Groups.show(group.id));
  await refused(404, '404 Project Not Found', outsider.Projects.show(project.id));
  same(await outsider.Groups.all(), []);
});

await promise('members are added, once', async () => {
  const ours = await gl.GroupMembers.add(group.id, 30, { userId: alice.id, expiresAt: day(90) });
  same([ours.id, ours.username, ours.state, ours.access_level, ours.expires_at], [alice.id, alice.username, 'active', 30, day(90)]);
  const member = await gl.ProjectMembers.add(project.id, 20, { userId: bob.id });
  same([member.id, member.access_level, member.expires_at], [bob.id, 20, null]);
  await refused(409, 'Member already exists', gl.ProjectMembers.add(project.id, 30, { userId: bob.id }));
  await refused(404, '404 User Not Found', gl.ProjectMembers.add(project.id, 30, { userId: 999_999_999 }));
  await refused(400, 'access_level does not have a valid value', gl.ProjectMembers.add(project.id, 31, { userId: alice.id }));
});

await promise('members are listed, those of the groups above as well', async () => {
  same(ids(await gl.GroupMembers.all(group.id)).toSorted(), [me.id, alice.id].toSorted());
  const direct = ids(await gl.ProjectMembers.all(project.id));
  assert.ok(direct.includes(bob.id) && !direct.includes(alice.id));
  const everybody = await gl.ProjectMembers.all(`team-${run}/inner/site`, { includeInherited: true, perPage: 1 });
  const level = (user) => everybody.find((member) => member.id === user.id)?.access_level;
  same([level(alice), level(bob)], [30, 20]);
  same((await gl.ProjectMembers.show(project.id, alice.id, { includeInherited: true })).access_level, 30);
  await refused(404, '404', gl.ProjectMembers.show(project.id, alice.id));
});

await promise("a member's level is changed", async () => {
  same((await gl.ProjectMembers.edit(project.id, bob.id, 40)).access_level, 40);
  same((await gl.ProjectMembers.show(project.id, bob.id)).access_level, 40);
});

await promise('what a member may not do is forbidden', async () => {
  const developer = client((await create(alice, 'develops', ['api'])).token);
  same((await developer.Projects.show(project.id)).id, project.id);
  await refused(403, '403 Forbidden', developer.Projects.remove(project.id));
});

// Project and group tokens: the same promises.

for (const [kind, resource, tokens, members] of [
  ['project', project, 'ProjectAccessTokens', 'ProjectMembers'],
  ['group', group, 'GroupAccessTokens', 'GroupMembers'],
]) {
  const made = await promise(`a ${kind} token is made with its own bot`, async () => {
    const token = await gl[tokens].create(resource.id, `ci ${run}`, ['api'], day(14), { accessLevel: 30 });
    tokenFields(token, {
      name: `ci ${run}`, scopes: ['api'], access_level: 30, expires_at: day(14), active: true, revoked: false, resource_type: kind, resource_id: resource.id,
    });
    const bot = await client(token.token).Users.showCurrentUser();
    same(bot.id, token.user_id);
    assert.match(bot.username, new RegExp(`^${kind}_${resource.id}_bot`));
    same((await gl[members].show(resource.id, bot.id)).access_level, 30);
    return token;
  });

  await promise(`${kind} tokens are listed by state and got; those that make no sense are refused`, async () => {
    const plain = await gl[tokens].create(resource.id, 'plain', ['read_api']);
    same([plain.access_level, plain.expires_at], [40, day(365)]);
    same(ids(await gl[tokens].all(resource.id)), [made.id, plain.id]);
    same(ids(await gl[tokens].all(resource.id, { state: 'active', perPage: 1 })), [made.id, plain.id]);
    same(await gl[tokens].all(resource.id, { state: 'inactive' }), []);
    tokenFields(await gl[tokens].show(resource.id, made.id), { id: made.id, access_level: 30 });
    await refused(404, '404', gl[tokens].show(resource.id, 999_999_999));
    await refused(400, 'access_level does not have a valid value', gl[tokens].create(resource.id, 'n', ['api'], day(1), { accessLevel: 5 }));
    await refused(400, 'scopes does not have a valid value', gl[tokens].create(resource.id, 'n', ['read_user'], day(1)));
    await refused(400, '400 Bad request - ', gl[tokens].create(resource.id, 'n', ['api'], day(366)));
  });

  const last = await promise(`a ${kind} token is rotated, by an administrator and by its bot`, async () => {
    const token = await gl[tokens].rotate(resource.id, made.id, { expiresAt: day(40) });
    tokenFields(token, { name: `ci ${run}`, access_level: 30, expires_at: day(40), user_id: made.user_id, active: true });
    same(ids(await gl[tokens].all(resource.id, { state: 'inactive' })), [made.id]);
    await invalid(revokedText, client(made.token).Users.showCurrentUser());
    const again = await client(token.token)[tokens].rotate(resource.id, 'self');
    same([again.expires_at, again.user_id], [day(7), made.user_id]);
    await invalid(revokedText, client(token.token).Users.showCurrentUser());
    await refused(405, '405 Method Not Allowed', gl[tokens].rotate(resource.id, 'self'));
    return again;
  });

  await promise(`a ${kind} token is revoked`, async () => {
    await gl[tokens].revoke(resource.id, last.id);
    same((await gl[tokens].show(resource.id, last.id)).revoked, true);
    await invalid(revokedText, client(last.token).Users.showCurrentUser());
    await refused(404, '404', gl[tokens].revoke(resource.id, 999_999_999));
  });
}

// Sudo.

await promise('an administrator acts as somebody else', async () => {
  same((await gl.Users.showCurrentUser({ sudo: alice.id })).id, alice.id);
  same((await client(root, { sudo: bob.username }).Users.showCurrentUser()).id, bob.id);
  same([...new Set((await gl.PersonalAccessTokens.all({ sudo: bob.id, perPage: 10 })).map((token) => token.user_id))], [bob.id]);
  await refused(404, `404 User with ID or username 'nobody-${run}' Not Found`, gl.Users.showCurrentUser({ sudo: `nobody-${run}` }));
  const plain = client((await create(alice, 'no sudo', ['api'])).token);
  await refused(403, '403 Forbidden - Must be admin to use sudo', plain.Users.showCurrentUser({ sudo: bob.id }));
  const administrator = client((await create(me, 'no sudo', ['api'])).token);
  await refused(403, 'insufficient_scope', administrator.Users.showCurrentUser({ sudo: bob.id }));
});

// The instance's settings.

await promise("the instance's settings are read and changed", async () => {
  const before = (await gl.ApplicationSettings.show()).personal_access_token_prefix;
  try {
    same((await gl.ApplicationSettings.edit({ personalAccessTokenPrefix: 'day-' })).personal_access_token_prefix, 'day-');
    assert.match((await create(bob, 'prefixed', ['api'])).token, /^day-/);
  } finally {
    await gl.ApplicationSettings.edit({ personalAccessTokenPrefix: before });
  }
  same((await gl.ApplicationSettings.show()).personal_access_token_prefix, before);
  await refused(400, 'require_personal_access_token_expiry is invalid', gl.ApplicationSettings.edit({ requirePersonalAccessTokenExpiry: 'perhaps' }));
  await refused(403, '403 Forbidden', client((await create(bob, 'curious', ['api'])).token).ApplicationSettings.show());
});

// The end of the day.

await promise("a blocked user's tokens rest until she is unblocked", async () => {
  const other = client((await create(alice, 'rests', ['api'])).token);
  same(await gl.Users.block(alice.id), true);
  same((await gl.Users.show(alice.id)).state, 'blocked');
  await refused(403, '403 Forbidden - Your account has been blocked.', other.Users.showCurrentUser());
  same(await gl.Users.unblock(alice.id), true);
  same((await other.Users.showCurrentUser()).state, 'active');
});

await promise('members are removed', async () => {
  await gl.ProjectMembers.remove(project.id, bob.id);
  await refused(404, '404', gl.ProjectMembers.show(project.id, bob.id));
  await gl.GroupMembers.remove(group.id, alice.id);
  assert.ok(!ids(await gl.GroupMembers.all(group.id)).includes(alice.id));
  await refused(404, '404', gl.GroupMembers.remove(group.id, alice.id));
});

await promise("a project is deleted, and its bots' tokens end", async () => {
  const token = await gl.ProjectAccessTokens.create(project.id, 'last', ['api']);
  await gl.Projects.remove(project.id);
  await refused(404, '404 Project Not Found', gl.Projects.show(project.id));
  await refused(401, '401 Unauthorized', client(token.token).Users.showCurrentUser());
});

await promise('a group is deleted with what is in it', async () => {
  await gl.Groups.remove(group.id);
  await refused(404, '404 Group Not Found', gl.Groups.show(group.id));
  await refused(404, '404 Group Not Found', gl.Groups.show(subgroup.id));
});

await promise('a user is deleted, and her tokens end', async () => {
  const token = await create(alice, 'farewell', ['api']);
  await gl.Users.remove(alice.id);
  await refused(404, '404 User Not Found', gl.Users.show(alice.id));
  await refused(401, '401 Unauthorized', client(token.token).Users.showCurrentUser());
  await gl.Users.remove(bob.id);
  await refused(404, '404 User Not Found', gl.Users.remove(bob.id));
});

process.exitCode = failures === 0 ? 0 : 1;
