#!/usr/bin/env ruby
# frozen_string_literal: true

# An administrator's day with the gem gitlab, which has no methods for tokens: these go through its get, post, put and delete.
#
# Takes PATROL_URL and PATROL_TOKEN (an administrator's token with every scope) from the environment. Prints one line for each
# promise, "ok - …" or "not ok - …", and ends with 1 if one was not kept.

require 'date'
require 'gitlab'
require 'securerandom'

$stdout.sync = true
URL = ENV.fetch('PATROL_URL').chomp('/')
ROOT = ENV.fetch('PATROL_TOKEN')
RUN = SecureRandom.hex(4)
FIELDS = %w[id name revoked created_at description scopes user_id last_used_at active expires_at].freeze
$failures = 0

# The gem keeps `sudo` for the whole class: the client that was made last counts.
def client(token, sudo: nil)
  Gitlab.client(endpoint: "#{URL}/api/v4", private_token: token, sudo: sudo)
end

def day(offset)
  (Time.now.utc.to_date + offset).iso8601
end

def promise(text)
  result = yield
  puts "ok - #{text}"
  result
rescue StandardError => e
  $failures += 1
  puts "not ok - #{text}", "    #{e.class}: #{e.message}", *e.backtrace.grep(/#{Regexp.escape(File.basename(__FILE__))}/).map { |line| "    #{line}" }
  nil
end

def same(actual, expected)
  raise "#{actual.inspect} is not #{expected.inspect}" unless actual == expected
end

def check(good, what = 'not so')
  raise what unless good
end

# The call must raise just this exception, with this message.
def refused(kind, words)
  begin
    yield
  rescue Gitlab::Error::ResponseError => e
    same e.class, kind
    same e.response_status, Gitlab::Error::STATUS_MAPPINGS.key(kind)
    check e.message.include?("message: #{words}"), "#{words.inspect} is not in #{e.message}"
    return e
  end
  raise 'was not refused'
end

def token_fields(token, expected = {})
  data = token.to_h
  missing = FIELDS - data.keys
  check missing.empty?, "#{missing} are missing in #{data}"
  check data['created_at'].end_with?('Z'), data['created_at']
  expected.each { |field, value| same data[field.to_s], value }
end

def ids(list)
  list.map(&:id)
end

unauthorized = Gitlab::Error::Unauthorized
forbidden = Gitlab::Error::Forbidden
missing = Gitlab::Error::NotFound
bad = Gitlab::Error::BadRequest
conflict = Gitlab::Error::Conflict
expired_text = 'Token is expired. You can either do re-authorization or token refresh.'
revoked_text = 'Token was revoked. You have to re-authorize from the user.'
too_small = 'The request requires higher privileges than provided by the access token.'
gl = client(ROOT)

# Signing in.

me = promise 'an administrator signs in' do
  user = gl.user
  same user.is_admin, true
  same user.state, 'active'
  user
end

promise 'the version is told' do
  check gl.version.version.match?(/\A\d+\./)
  check !gl.version.revision.empty?
end

promise 'an unknown token is refused' do
  refused(unauthorized, '401 Unauthorized') { client('glpat-short').user }
  refused(unauthorized, '401 Unauthorized') { client("glpat-#{'x' * 20}").user }
end

# Users.

new_user = lambda do |name|
  gl.create_user("#{name}-#{RUN}@example.org", SecureRandom.base64(18), "#{name}-#{RUN}", name: "#{name.capitalize} Example", skip_confirmation: true)
end

alice = promise 'a user is created' do
  user = new_user.call('alice')
  same user.username, "alice-#{RUN}"
  same user.name, 'Alice Example'
  same user.email, "alice-#{RUN}@example.org"
  same user.state, 'active'
  same user.is_admin, false
  user
end

bob = promise('another user is created') { new_user.call('bob') }

promise 'a user is found by id, by name and by search' do
  same gl.user(alice.id).username, alice.username
  same ids(gl.users(username: alice.username)), [alice.id]
  same ids(gl.user_search(alice.email)), [alice.id]
  check gl.users(username: "nobody-#{RUN}").empty?
end

promise 'a name or an address that is taken is a conflict' do
  refused(conflict, 'Username has already been taken') { gl.create_user("other-#{RUN}@example.org", SecureRandom.base64(18), alice.username, name: 'A') }
  refused(conflict, 'Email has already been taken') { gl.create_user(alice.email, SecureRandom.base64(18), "other-#{RUN}", name: 'A') }
end

promise 'a user without a name is a bad request' do
  refused(bad, 'name is missing, username is missing') { gl.post('/users', body: { email: "n-#{RUN}@example.org", password: SecureRandom.base64(18) }) }
end

promise 'a user is renamed' do
  same gl.edit_user(bob.id, name: 'Robert Example').name, 'Robert Example'
  same gl.user(bob.id).name, 'Robert Example'
end

promise 'a user that is not there is not found' do
  refused(missing, '404 User Not Found') { gl.user(999_999_999) }
end

# Personal tokens.

create = lambda do |user, name, scopes, **options|
  gl.post("/users/#{user.id}/personal_access_tokens", body: { name: name, scopes: scopes, **options })
end

alices = promise 'a user gets a personal token, which works as this user' do
  token = create.call(alice, "deploy #{RUN}", %w[api], expires_at: day(30), description: 'rolls out releases')
  token_fields token, name: "deploy #{RUN}", scopes: %w[api], user_id: alice.id, expires_at: day(30), active: true, revoked: false,
                      last_used_at: nil, description: 'rolls out releases'
  check token.token.start_with?('glpat-')
  same client(token.token).user.username, alice.username
  same client(token.token).get('/personal_access_tokens/self').id, token.id
  token
end

default_date = promise 'a token without a date lasts a year' do
  token = create.call(alice, "year #{RUN}", %w[read_api read_repository])
  same token.expires_at, day(365)
  same token.scopes.sort, %w[read_api read_repository]
  token
end

expired = promise 'an expired token is made, and refused when used' do
  token = create.call(alice, "old #{RUN}", %w[api], expires_at: day(-1))
  same token.active, false
  refused(unauthorized, expired_text) { client(token.token).user }
  token
end

promise 'a token that makes no sense is refused' do
  error = refused(Gitlab::Error::Unprocessable, '') { create.call(alice, 'long', %w[api], expires_at: day(366)) }
  check error.message.include?("must be before #{day(365)}"), error.message
  refused(bad, 'scopes does not have a valid value') { create.call(alice, 'odd', %w[everything]) }
  refused(bad, 'name is missing') { gl.post("/users/#{alice.id}/personal_access_tokens", body: { scopes: %w[api] }) }
  refused(missing, '404 User Not Found') { gl.post('/users/999999999/personal_access_tokens', body: { name: 'n', scopes: %w[api] }) }
end

list = ->(**query) { gl.get('/personal_access_tokens', query: query) }

promise 'tokens are listed by user, state, revocation, instants and dates' do
  of_alice = ->(**query) { ids(list.call(user_id: alice.id, **query)) }
  same of_alice.call, [alices.id, default_date.id, expired.id]
  same of_alice.call(state: 'active'), [alices.id, default_date.id]
  same of_alice.call(state: 'inactive'), [expired.id]
  same of_alice.call(revoked: true), []
  same of_alice.call(revoked: false).length, 3
  same of_alice.call(expires_before: day(30)), [expired.id]
  same of_alice.call(expires_after: day(30)), [alices.id, default_date.id]
  same of_alice.call(created_before: "#{day(-1)}T00:00:00Z"), []
  same of_alice.call(created_after: "#{day(-1)}T00:00:00Z").length, 3
  same of_alice.call(last_used_after: "#{day(-1)}T00:00:00Z"), [alices.id]
  same of_alice.call(last_used_before: "#{day(-1)}T00:00:00Z"), []
  check list.call(user_id: alice.id).none? { |token| token.to_h.key?('token') }
  refused(missing, '404 Not Found') { list.call(user_id: 999_999_999) }
end

promise 'tokens are searched and sorted' do
  same list.call(search: "DEPLOY #{RUN}").map(&:name), ["deploy #{RUN}"]
  same list.call(user_id: alice.id, sort: 'name_desc').map(&:name), ["year #{RUN}", "old #{RUN}", "deploy #{RUN}"]
  same ids(list.call(user_id: alice.id, sort: 'expires_asc')), [expired.id, alices.id, default_date.id]
end

promise 'a filter that makes no sense is a bad request' do
  refused(bad, 'state does not have a valid value') { list.call(state: 'asdf') }
  refused(bad, 'last_used_after is invalid') { list.call(last_used_after: 'soon') }
  refused(bad, 'revoked is invalid') { list.call(revoked: 'perhaps') }
end

promise 'one token is got, with where it was used from' do
  token = gl.get("/personal_access_tokens/#{alices.id}")
  token_fields token, id: alices.id, active: true
  check token.last_used_at && !token.last_used_ips.empty?
  check !token.to_h.key?('token')
  refused(missing, '404 Not Found') { gl.get('/personal_access_tokens/999999999') }
end

promise 'a user sees only her own tokens' do
  other = client(alices.token)
  same other.get('/personal_access_tokens').map(&:user_id).uniq, [alice.id]
  refused(unauthorized, '401 Unauthorized') { other.get('/personal_access_tokens/1') }
  refused(unauthorized, '401 Unauthorized') { other.get('/personal_access_tokens', query: { user_id: bob.id }) }
  refused(forbidden, '403 Forbidden') { other.block_user(bob.id) }
  refused(forbidden, '403 Forbidden') { other.post("/users/#{bob.id}/personal_access_tokens", body: { name: 'n', scopes: %w[api] }) }
end

promise 'a scope that is too small is refused' do
  refused(forbidden, too_small) { client(default_date.token).delete("/personal_access_tokens/#{alices.id}") }
end

rotated = promise 'a token is rotated: the old text ends, the new one works' do
  new = gl.post("/personal_access_tokens/#{alices.id}/rotate", body: { expires_at: day(60) })
  token_fields new, name: "deploy #{RUN}", scopes: %w[api], user_id: alice.id, expires_at: day(60), active: true, last_used_at: nil
  same client(new.token).user.id, alice.id
  same gl.get("/personal_access_tokens/#{alices.id}").revoked, true
  refused(unauthorized, revoked_text) { client(alices.token).user }
  refused(bad, '400 Bad request - Token already revoked') { gl.post("/personal_access_tokens/#{alices.id}/rotate") }
  new
end

promise 'a token rotates itself, for a week if no date is given; who uses the old text for that ends the family' do
  new = client(rotated.token).post('/personal_access_tokens/self/rotate')
  same new.expires_at, day(7)
  same client(new.token).get('/personal_access_tokens/self').id, new.id
  refused(unauthorized, revoked_text) { client(rotated.token).post('/personal_access_tokens/self/rotate') }
  refused(unauthorized, revoked_text) { client(new.token).user }
end

promise 'a token revokes itself' do
  token = create.call(bob, 'brief', %w[read_api])
  client(token.token).delete('/personal_access_tokens/self')
  refused(unauthorized, revoked_text) { client(token.token).user }
end

promise 'an administrator revokes a token' do
  gl.delete("/personal_access_tokens/#{default_date.id}")
  same gl.get("/personal_access_tokens/#{default_date.id}").active, false
  refused(missing, '404 Not') { gl.delete('/personal_access_tokens/999999999') }
end

promise "the lists' pages are walked to the end" do
  made = (0...25).map { |number| create.call(bob, format("page #{RUN} %02d", number), %w[read_api]).id }
  first = list.call(search: "page #{RUN}", per_page: 7)
  same first.length, 7
  check first.has_next_page? && first.has_last_page? && !first.has_prev_page?
  same ids(first.auto_paginate), made
  same ids(first.last_page), made[21..]
  same ids(first.next_page.next_page.prev_page), made[7...14]
  same ids(first.last_page.first_page), made[0...7]
  check !first.last_page.has_next_page?
  same ids(first.paginate_with_limit(10)), made[0...10]
end

# Impersonation.

promise 'an impersonation token acts as its user, is listed, got and revoked' do
  path = "/users/#{alice.id}/impersonation_tokens"
  token = gl.post(path, body: { name: 'help desk', scopes: %w[api read_user], expires_at: day(3) })
  token_fields token, scopes: %w[api read_user], user_id: alice.id, expires_at: day(3), impersonation: true, active: true
  same client(token.token).user.id, alice.id
  old = gl.post(path, body: { name: 'long ago', scopes: %w[api], expires_at: day(-7) })
  same ids(gl.get(path)), [token.id, old.id]
  same ids(gl.get(path, query: { state: 'active' })), [token.id]
  same ids(gl.get(path, query: { state: 'inactive' })), [old.id]
  same gl.get("#{path}/#{token.id}").impersonation, true
  gl.delete("#{path}/#{token.id}")
  same gl.get("#{path}/#{token.id}").revoked, true
  refused(unauthorized, revoked_text) { client(token.token).user }
  refused(unauthorized, expired_text) { client(old.token).user }
  refused(missing, '404 Impersonation Token Not Found') { gl.get("#{path}/999999999") }
  refused(bad, "'expires_at' can't be blank") { gl.post(path, body: { name: 'no date', scopes: %w[api] }) }
end

# Groups, projects and their members.

group = promise 'a group is created' do
  made = gl.create_group("Team #{RUN}", "team-#{RUN}", description: 'all of us', visibility: 'private')
  same made.full_path, "team-#{RUN}"
  same made.visibility, 'private'
  same made.parent_id, nil
  made
end

subgroup = promise 'a group is created in a group' do
  made = gl.create_group('Inner', 'inner', parent_id: group.id)
  same made.full_path, "team-#{RUN}/inner"
  same made.parent_id, group.id
  same ids(gl.group_subgroups(group.id)), [made.id]
  made
end

promise 'groups are got by path, found by search and changed' do
  same gl.group("team-#{RUN}/inner").id, subgroup.id
  check ids(gl.group_search("team-#{RUN}")).include?(group.id)
  same gl.edit_group(group.id, description: 'some of us').description, 'some of us'
  refused(missing, '404 Group Not Found') { gl.group("team-#{RUN}/nowhere") }
  error = refused(bad, '') { gl.create_group('Again', "team-#{RUN}") }
  check error.message.include?('has already been taken'), error.message
end

project = promise 'a project is created in a group' do
  made = gl.create_project('Site', path: 'site', namespace_id: subgroup.id, description: 'our site')
  same made.path_with_namespace, "team-#{RUN}/inner/site"
  same made.namespace.id, subgroup.id
  same made.visibility, 'private'
  made
end

promise 'projects are got by path, listed, searched and changed' do
  same gl.project("team-#{RUN}/inner/site").id, project.id
  same ids(gl.group_projects("team-#{RUN}/inner")), [project.id]
  check ids(gl.projects(search: 'site', per_page: 100)).include?(project.id)
  same gl.edit_project(project.id, description: 'site of all').description, 'site of all'
  refused(missing, '404 Project Not Found') { gl.project("team-#{RUN}/inner/none") }
end

promise 'what somebody may not see is not found' do
  outsider = client(create.call(bob, 'looks', %w[api]).token)
  refused(missing, '404 Group Not Found') { outsider.group(group.id) }
  refused(missing, '404 Project Not Found') { outsider.project(project.id) }
  check outsider.groups.empty?
end

promise 'members are added, once' do
  member = gl.add_group_member(group.id, alice.id, 30)
  same [member.id, member.username, member.state, member.access_level, member.expires_at], [alice.id, alice.username, 'active', 30, nil]
  member = gl.add_team_member(project.id, bob.id, 20, expires_at: day(90))
  same [member.id, member.access_level, member.expires_at], [bob.id, 20, day(90)]
  refused(conflict, 'Member already exists') { gl.add_team_member(project.id, bob.id, 30) }
  refused(missing, '404 User Not Found') { gl.add_team_member(project.id, 999_999_999, 30) }
  refused(bad, 'access_level does not have a valid value') { gl.add_group_member(group.id, bob.id, 31) }
end

promise 'members are listed, those of the groups above as well' do
  same ids(gl.group_members(group.id)).sort, [me.id, alice.id].sort
  direct = ids(gl.team_members(project.id))
  check direct.include?(bob.id) && !direct.include?(alice.id)
  everybody = gl.all_members("team-#{RUN}/inner/site").to_h { |member| [member.id, member.access_level] }
  same [everybody[alice.id], everybody[bob.id]], [30, 20]
end

promise 'members are changed' do
  same gl.edit_team_member(project.id, bob.id, 40).access_level, 40
  same gl.team_member(project.id, bob.id).access_level, 40
  same gl.edit_group_member(group.id, alice.id, 20).access_level, 20
  same gl.group_member(group.id, alice.id).access_level, 20
end

promise 'what a member may not do is forbidden' do
  other = client(create.call(alice, 'reports', %w[api]).token)
  same other.project(project.id).id, project.id
  refused(forbidden, '403 Forbidden') { other.delete_project(project.id) }
  refused(forbidden, '403 Forbidden') { other.delete_group(group.id) }
end

# Project and group tokens: the same promises.

{ 'project' => project, 'group' => group }.each do |kind, resource|
  path = "/#{kind}s/#{resource&.id}/access_tokens"

  token = promise "a #{kind} token is made with its own bot" do
    made = gl.post(path, body: { name: "ci #{RUN}", scopes: %w[api], access_level: 30, expires_at: day(14) })
    token_fields made, name: "ci #{RUN}", scopes: %w[api], access_level: 30, expires_at: day(14), active: true, revoked: false
    same [made.resource_type, made.resource_id], [kind, resource.id]
    bot = client(made.token).user
    same bot.id, made.user_id
    check bot.username.start_with?("#{kind}_#{resource.id}_bot"), bot.username
    made
  end

  promise "#{kind} tokens are listed by state and got; those that make no sense are refused" do
    plain = gl.post(path, body: { name: 'plain', scopes: %w[read_api] })
    same [plain.access_level, plain.expires_at], [40, day(365)]
    same ids(gl.get(path)), [token.id, plain.id]
    same ids(gl.get(path, query: { state: 'active' })), [token.id, plain.id]
    same ids(gl.get(path, query: { state: 'inactive' })), []
    same gl.get("#{path}/#{token.id}").access_level, 30
    refused(missing, '404') { gl.get("#{path}/999999999") }
    refused(bad, 'access_level does not have a valid value') { gl.post(path, body: { name: 'n', scopes: %w[api], access_level: 0 }) }
    refused(bad, 'scopes does not have a valid value') { gl.post(path, body: { name: 'n', scopes: %w[sudo] }) }
    refused(bad, 'name is missing') { gl.post(path, body: { scopes: %w[api] }) }
  end

  last = promise "a #{kind} token is rotated, by an administrator and by its bot" do
    new = gl.post("#{path}/#{token.id}/rotate", body: { expires_at: day(40) })
    token_fields new, name: "ci #{RUN}", access_level: 30, expires_at: day(40), user_id: token.user_id, active: true
    same ids(gl.get(path, query: { state: 'inactive' })), [token.id]
    refused(unauthorized, revoked_text) { client(token.token).user }
    again = client(new.token).post("#{path}/self/rotate")
    same [again.expires_at, again.user_id], [day(7), token.user_id]
    refused(unauthorized, revoked_text) { client(new.token).user }
    refused(Gitlab::Error::MethodNotAllowed, '405 Method Not Allowed') { gl.post("#{path}/self/rotate") }
    again
  end

  promise "a #{kind} token is revoked" do
    gl.delete("#{path}/#{last.id}")
    same gl.get("#{path}/#{last.id}").revoked, true
    refused(unauthorized, revoked_text) { client(last.token).user }
    refused(missing, '404') { gl.delete("#{path}/999999999") }
  end
end

# Sudo.

promise 'an administrator acts as somebody else' do
  same client(ROOT, sudo: alice.username).user.id, alice.id
  same client(ROOT, sudo: bob.id).user.id, bob.id
  refused(missing, "404 User with ID or username 'nobody-#{RUN}' Not Found") { client(ROOT, sudo: "nobody-#{RUN}").user }
  plain = create.call(client(ROOT).user(alice.id), 'no sudo', %w[api]).token
  refused(forbidden, '403 Forbidden - Must be admin to use sudo') { client(plain, sudo: bob.id).user }
  administrators = create.call(client(ROOT).user(me.id), 'no sudo', %w[api]).token
  refused(forbidden, too_small) { client(administrators, sudo: bob.id).user }
end

# Switches sudo off again.
gl = client(ROOT)

# The instance's settings.

promise "the instance's settings are read and changed" do
  before = gl.application_settings.personal_access_token_prefix
  begin
    same gl.edit_application_settings(personal_access_token_prefix: 'day-').personal_access_token_prefix, 'day-'
    check create.call(bob, 'prefixed', %w[api]).token.start_with?('day-')
  ensure
    gl.edit_application_settings(personal_access_token_prefix: before)
  end
  same gl.application_settings.personal_access_token_prefix, before
  refused(bad, 'require_personal_access_token_expiry is invalid') { gl.edit_application_settings(require_personal_access_token_expiry: 'perhaps') }
  refused(forbidden, '403 Forbidden') { client(create.call(bob, 'curious', %w[api]).token).application_settings }
end

# The end of the day.

promise "a blocked user's tokens rest until she is unblocked" do
  other = client(create.call(alice, 'rests', %w[api]).token)
  same gl.block_user(alice.id), true
  same gl.user(alice.id).state, 'blocked'
  refused(forbidden, '403 Forbidden - Your account has been blocked.') { other.user }
  same gl.unblock_user(alice.id), true
  same gl.unblock_user(alice.id), false
  same other.user.state, 'active'
end

promise 'members are removed' do
  gl.remove_team_member(project.id, bob.id)
  refused(missing, '404') { gl.team_member(project.id, bob.id) }
  gl.remove_group_member(group.id, alice.id)
  check !ids(gl.group_members(group.id)).include?(alice.id)
  refused(missing, '404') { gl.remove_group_member(group.id, alice.id) }
end

promise "a project is deleted, and its bots' tokens end" do
  token = gl.post("/projects/#{project.id}/access_tokens", body: { name: 'last', scopes: %w[api] })
  gl.delete_project(project.id)
  refused(missing, '404 Project Not Found') { gl.project(project.id) }
  refused(unauthorized, '401 Unauthorized') { client(token.token).user }
end

promise 'a group is deleted with what is in it' do
  gl.delete_group(group.id)
  refused(missing, '404 Group Not Found') { gl.group(group.id) }
  refused(missing, '404 Group Not Found') { gl.group(subgroup.id) }
end

promise 'a user is deleted, and her tokens end' do
  token = create.call(alice, 'farewell', %w[api])
  gl.delete_user(alice.id)
  refused(missing, '404 User Not Found') { gl.user(alice.id) }
  refused(unauthorized, '401 Unauthorized') { client(token.token).user }
  gl.delete_user(bob.id)
  refused(missing, '404 User Not Found') { gl.delete_user(bob.id) }
end

exit($failures.zero? ? 0 : 1)
