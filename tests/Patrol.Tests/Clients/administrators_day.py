#!/usr/bin/env python3
"""An administrator's day with python-gitlab.

Takes PATROL_URL and PATROL_TOKEN (an administrator's token with every scope) from the environment. Prints one line for each
promise, "ok - …" or "not ok - …", and ends with 1 if one was not kept.
"""
import datetime
import json
import os
import secrets
import sys
import traceback

import gitlab
from gitlab.exceptions import (
    GitlabAuthenticationError, GitlabCreateError, GitlabDeleteError, GitlabGetError, GitlabHttpError, GitlabListError, GitlabUpdateError,
)

URL = os.environ["PATROL_URL"].rstrip("/")
RUN = secrets.token_hex(4)
TODAY = datetime.datetime.now(datetime.timezone.utc).date()
failures = 0


def client(token, **options):
    return gitlab.Gitlab(URL, private_token=token, **options)


gl = client(os.environ["PATROL_TOKEN"])


def day(offset):
    return (TODAY + datetime.timedelta(days=offset)).isoformat()


def promise(text):
    """Runs the function at once; what it returns takes its name's place, so that later promises can use it."""
    def run(function):
        global failures
        try:
            result = function()
        except Exception:
            failures += 1
            print(f"not ok - {text}")
            print("".join("    " + line for line in traceback.format_exc().splitlines(keepends=True)), flush=True)
            return None
        print(f"ok - {text}", flush=True)
        return result
    return run


def same(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def refused(kind, status, words, call):
    """The call must raise just this exception, with this status and these words in the body."""
    try:
        call()
    except gitlab.exceptions.GitlabError as error:
        same(type(error), kind)
        same(error.response_code, status)
        body = error.response_body.decode() if isinstance(error.response_body, bytes) else str(error.response_body)
        assert words in body, f"{words!r} is not in {body}"
        return error
    raise AssertionError("was not refused")


def names(items):
    return [item.name for item in items]


def token_fields(token, **expected):
    """What every token has, and what this one is expected to be."""
    data = token if isinstance(token, dict) else token.attributes
    for field in ("id", "name", "revoked", "created_at", "description", "scopes", "user_id", "last_used_at", "active", "expires_at"):
        assert field in data, f"{field} is missing in {data}"
    assert data["created_at"].endswith("Z"), data["created_at"]
    for field, value in expected.items():
        same(data[field], value)
    return data


# Signing in.

@promise("an administrator signs in")
def me():
    gl.auth()
    assert gl.user.is_admin is True
    same(gl.user.state, "active")
    return gl.user


@promise("the version is told")
def version():
    number, revision = gl.version()
    assert number[0].isdigit() and revision != "unknown", (number, revision)
    same(gl.http_get("/metadata")["version"], number)


@promise("without a token nothing is told")
def no_token():
    refused(GitlabAuthenticationError, 401, '{"message":"401 Unauthorized"}', client(None).users.list)


@promise("an unknown token is refused")
def unknown_token():
    error = refused(GitlabAuthenticationError, 401, '{"message":"401 Unauthorized"}', client("glpat-" + "x" * 20).auth)
    same(error.error_message, "401 Unauthorized")


@promise("a bearer header signs in, too")
def bearer():
    other = gitlab.Gitlab(URL, oauth_token=gl.private_token)
    other.auth()
    same(other.user.id, me.id)


# Users.

def new_user(name):
    return gl.users.create({
        "email": f"{name}-{RUN}@example.org", "username": f"{name}-{RUN}", "name": f"{name.capitalize()} Example",
        "password": secrets.token_urlsafe(16), "skip_confirmation": True,
    })


@promise("a user is created")
def alice():
    user = new_user("alice")
    same(user.username, f"alice-{RUN}")
    same(user.name, "Alice Example")
    same(user.email, f"alice-{RUN}@example.org")
    same(user.state, "active")
    same(user.is_admin, False)
    assert user.web_url.endswith(f"/alice-{RUN}"), user.web_url
    return user


bob = promise("another user is created")(lambda: new_user("bob"))


@promise("a user is found by id, by name and by search")
def find_user():
    same(gl.users.get(alice.id).username, alice.username)
    same([user.id for user in gl.users.list(username=alice.username)], [alice.id])
    same([user.id for user in gl.users.list(search=alice.email)], [alice.id])
    same(gl.users.list(username=f"nobody-{RUN}"), [])


@promise("a name or an address that is taken is a conflict")
def taken_user():
    again = {"email": f"other-{RUN}@example.org", "username": alice.username, "name": "Again", "password": secrets.token_urlsafe(16)}
    error = refused(GitlabCreateError, 409, "Username has already been taken", lambda: gl.users.create(again))
    same(error.error_message, "Username has already been taken")
    refused(GitlabCreateError, 409, "Email has already been taken",
            lambda: gl.users.create({**again, "email": alice.email, "username": f"other-{RUN}"}))


@promise("a user without a name is a bad request")
def nameless_user():
    refused(GitlabCreateError, 400, '{"error":"name is missing, username is missing"}',
            lambda: gl.users.create({"email": f"nameless-{RUN}@example.org", "password": secrets.token_urlsafe(16)}))


@promise("a user is renamed")
def rename_user():
    bob.name = "Robert Example"
    bob.save()
    same(gl.users.get(bob.id).name, "Robert Example")


@promise("a user that is not there is not found")
def missing_user():
    error = refused(GitlabGetError, 404, "", lambda: gl.users.get(999999999))
    same(error.error_message, "404 User Not Found")


# Personal tokens.

@promise("a user gets a personal token")
def alices():
    token = alice.personal_access_tokens.create(
        {"name": f"deploy {RUN}", "scopes": ["api"], "expires_at": day(30), "description": "rolls out releases"})
    token_fields(
        token, name=f"deploy {RUN}", scopes=["api"], user_id=alice.id, expires_at=day(30), active=True, revoked=False, last_used_at=None,
        description="rolls out releases")
    assert token.token.startswith("glpat-") and len(token.token) >= 26
    return token


@promise("the token works as its user")
def use_token():
    other = client(alices.token)
    other.auth()
    same(other.user.username, alice.username)
    same(other.http_get("/personal_access_tokens/self")["id"], alices.id)


@promise("a token without a date lasts a year")
def default_date():
    token = alice.personal_access_tokens.create({"name": f"year {RUN}", "scopes": ["read_api", "read_repository"]})
    same(token.expires_at, day(365))
    same(sorted(token.scopes), ["read_api", "read_repository"])
    return token


@promise("a token for longer than a year is refused")
def too_long():
    refused(GitlabCreateError, 422, f"must be before {day(365)}",
            lambda: alice.personal_access_tokens.create({"name": "long", "scopes": ["api"], "expires_at": day(366)}))


@promise("a token with an unknown scope is refused")
def unknown_scope():
    refused(GitlabCreateError, 400, '{"error":"scopes does not have a valid value"}',
            lambda: alice.personal_access_tokens.create({"name": "odd", "scopes": ["everything"]}))


@promise("a token for a user that is not there is refused")
def token_for_nobody():
    refused(GitlabCreateError, 404, '{"message":"404 User Not Found"}',
            lambda: gl.users.get(999999999, lazy=True).personal_access_tokens.create({"name": "n", "scopes": ["api"]}))


@promise("an expired token is made, and refused when used")
def expired():
    token = alice.personal_access_tokens.create({"name": f"old {RUN}", "scopes": ["api"], "expires_at": day(-1)})
    same(token.active, False)
    error = refused(GitlabAuthenticationError, 401, "Token is expired. You can either do re-authorization or token refresh.",
                    client(token.token).auth)
    same(error.error_message, "invalid_token")
    return token


@promise("an administrator lists all tokens; the text of none is told")
def list_tokens():
    tokens = gl.personal_access_tokens.list(get_all=True)
    assert {alices.id, default_date.id, expired.id} <= {token.id for token in tokens}
    assert not any("token" in token.attributes for token in tokens)


@promise("tokens are listed by user, state and revocation")
def list_by_state():
    of_alice = dict(user_id=alice.id, get_all=True)
    same([token.id for token in gl.personal_access_tokens.list(**of_alice)], [alices.id, default_date.id, expired.id])
    same([token.id for token in gl.personal_access_tokens.list(state="active", **of_alice)], [alices.id, default_date.id])
    same([token.id for token in gl.personal_access_tokens.list(state="inactive", **of_alice)], [expired.id])
    same([token.id for token in gl.personal_access_tokens.list(revoked=True, **of_alice)], [])
    same(len(gl.personal_access_tokens.list(revoked=False, **of_alice)), 3)
    same(gl.personal_access_tokens.list(user_id=bob.id), [])


@promise("tokens are listed by their instants and dates")
def list_by_dates():
    def ids(**filters):
        return [token.id for token in gl.personal_access_tokens.list(user_id=alice.id, get_all=True, **filters)]
    same(ids(expires_before=day(30)), [expired.id])
    same(ids(expires_before=day(31)), [alices.id, expired.id])
    same(ids(expires_after=day(30)), [alices.id, default_date.id])
    same(ids(created_before=f"{day(-1)}T00:00:00Z"), [])
    same(len(ids(created_after=f"{day(-1)}T00:00:00Z")), 3)
    same(ids(last_used_after=f"{day(-1)}T00:00:00Z"), [alices.id])
    same(ids(last_used_before=f"{day(-1)}T00:00:00Z"), [])


@promise("tokens are searched and sorted")
def search_tokens():
    same(names(gl.personal_access_tokens.list(search=f"DEPLOY {RUN}")), [f"deploy {RUN}"])
    same(names(gl.personal_access_tokens.list(user_id=alice.id, sort="name_asc")), [f"deploy {RUN}", f"old {RUN}", f"year {RUN}"])
    same([token.id for token in gl.personal_access_tokens.list(user_id=alice.id, sort="created_desc")], [expired.id, default_date.id, alices.id])
    same(names(gl.personal_access_tokens.list(user_id=alice.id, sort="expires_asc")), [f"old {RUN}", f"deploy {RUN}", f"year {RUN}"])


@promise("a filter that makes no sense is a bad request")
def bad_filter():
    refused(GitlabListError, 400, '{"error":"state does not have a valid value"}', lambda: gl.personal_access_tokens.list(state="asdf"))
    refused(GitlabListError, 400, '{"error":"created_before is invalid"}', lambda: gl.personal_access_tokens.list(created_before="soon"))
    refused(GitlabListError, 400, "revoked is invalid", lambda: gl.personal_access_tokens.list(revoked="perhaps"))


@promise("one token is got, with where it was used from")
def get_token():
    token = gl.http_get(f"/personal_access_tokens/{alices.id}")
    token_fields(token, id=alices.id, active=True)
    assert token["last_used_at"] is not None and token["last_used_ips"], token
    assert "token" not in token
    refused(GitlabHttpError, 404, '{"message":"404 Not Found"}', lambda: gl.http_get("/personal_access_tokens/999999999"))


@promise("a user sees only her own tokens")
def own_tokens():
    other = client(alices.token)
    same({token.user_id for token in other.personal_access_tokens.list(get_all=True)}, {alice.id})
    refused(GitlabAuthenticationError, 401, "401 Unauthorized", lambda: other.personal_access_tokens.list(user_id=bob.id))
    refused(GitlabAuthenticationError, 401, "401 Unauthorized", lambda: other.http_get("/personal_access_tokens/1"))


@promise("a scope that is too small is refused")
def small_scope():
    other = client(default_date.token)
    same(other.personal_access_tokens.list(search=f"deploy {RUN}")[0].id, alices.id)
    error = refused(GitlabHttpError, 403, '"scope":"api read_api"', lambda: other.http_post(f"/personal_access_tokens/{alices.id}/rotate"))
    same(error.error_message, "insufficient_scope")
    same(json.loads(error.response_body)["error_description"], "The request requires higher privileges than provided by the access token.")


@promise("only administrators make users and tokens")
def administrators_only():
    other = client(alices.token)
    error = refused(GitlabCreateError, 403, "", lambda: other.users.create(
        {"email": f"x-{RUN}@example.org", "username": f"x-{RUN}", "name": "X", "password": secrets.token_urlsafe(16)}))
    same(error.error_message, "403 Forbidden")
    refused(GitlabCreateError, 403, "403 Forbidden",
            lambda: other.users.get(bob.id).personal_access_tokens.create({"name": "n", "scopes": ["api"]}))


@promise("an administrator rotates a token: the old text ends, the new one works")
def rotated():
    new = gl.http_post(f"/personal_access_tokens/{alices.id}/rotate", post_data={"expires_at": day(60)})
    token_fields(new, name=f"deploy {RUN}", scopes=["api"], user_id=alice.id, expires_at=day(60), active=True, last_used_at=None,
                 description="rolls out releases")
    assert new["id"] != alices.id and new["token"] != alices.token
    same(gl.http_get(f"/personal_access_tokens/{alices.id}")["revoked"], True)
    client(new["token"]).auth()
    error = refused(GitlabAuthenticationError, 401, "Token was revoked. You have to re-authorize from the user.", client(alices.token).auth)
    same(error.error_message, "invalid_token")
    return new


@promise("a token is not rotated twice")
def rotate_again():
    refused(GitlabHttpError, 400, '{"message":"400 Bad request - Token already revoked"}',
            lambda: gl.http_post(f"/personal_access_tokens/{alices.id}/rotate"))


@promise("a token rotates itself, for a week if no date is given")
def self_rotated():
    new = client(rotated["token"]).http_post("/personal_access_tokens/self/rotate")
    same(new["expires_at"], day(7))
    same(client(new["token"]).http_get("/personal_access_tokens/self")["id"], new["id"])
    return new


@promise("who rotates with a text that was rotated away ends the whole family")
def reuse():
    refused(GitlabAuthenticationError, 401, "Token was revoked", lambda: client(rotated["token"]).http_post("/personal_access_tokens/self/rotate"))
    refused(GitlabAuthenticationError, 401, "Token was revoked", client(self_rotated["token"]).auth)


@promise("a token with just self_rotate rotates itself and does nothing else")
def self_rotate_scope():
    token = bob.personal_access_tokens.create({"name": "rotates", "scopes": ["self_rotate"], "expires_at": day(10)})
    refused(GitlabListError, 403, "insufficient_scope", client(token.token).personal_access_tokens.list)
    new = client(token.token).http_post("/personal_access_tokens/self/rotate", post_data={"expires_at": day(20)})
    same(new["expires_at"], day(20))
    refused(GitlabHttpError, 403, "insufficient_scope", lambda: client(new["token"]).http_post(f"/personal_access_tokens/{new['id']}/rotate"))


@promise("a token revokes itself")
def revoke_self():
    token = bob.personal_access_tokens.create({"name": "brief", "scopes": ["read_api"]})
    same(client(token.token).http_delete("/personal_access_tokens/self").status_code, 204)
    refused(GitlabAuthenticationError, 401, "Token was revoked", client(token.token).auth)


@promise("an administrator revokes a token")
def revoke():
    gl.personal_access_tokens.delete(default_date.id)
    same(gl.http_get(f"/personal_access_tokens/{default_date.id}")["active"], False)
    assert default_date.id in [token.id for token in gl.personal_access_tokens.list(user_id=alice.id, revoked=True)]
    gl.personal_access_tokens.list(search=f"old {RUN}")[0].delete()
    same(gl.http_get(f"/personal_access_tokens/{expired.id}")["revoked"], True)
    refused(GitlabDeleteError, 404, "404 Not", lambda: gl.personal_access_tokens.delete(999999999))


@promise("the lists' pages are walked to the end")
def pages():
    made = [bob.personal_access_tokens.create({"name": f"page {RUN} {number:02}", "scopes": ["read_api"]}).id for number in range(25)]
    search = dict(search=f"page {RUN}")
    same(len(gl.personal_access_tokens.list(get_all=False, **search)), 20)
    same([token.id for token in gl.personal_access_tokens.list(get_all=True, per_page=7, **search)], made)
    walk = gl.personal_access_tokens.list(iterator=True, per_page=10, **search)
    same((walk.current_page, walk.prev_page, walk.next_page, walk.per_page, walk.total_pages, walk.total), (1, None, 2, 10, 3, 25))
    same([token.id for token in walk], made)
    same((walk.current_page, walk.next_page), (3, None))
    second = gl.personal_access_tokens.list(page=3, per_page=10, get_all=False, **search)
    same([token.id for token in second], made[20:])
    same(gl.personal_access_tokens.list(page=9, per_page=10, get_all=False, **search), [])
    same(gl.http_head("/personal_access_tokens", query_data={"per_page": 10, **search})["x-total"], "25")


# Impersonation.

@promise("an impersonation token is made and acts as its user")
def impersonation():
    token = alice.impersonationtokens.create({"name": "help desk", "scopes": ["api", "read_user"], "expires_at": day(3)})
    token_fields(token, name="help desk", scopes=["api", "read_user"], user_id=alice.id, expires_at=day(3), active=True, impersonation=True)
    other = client(token.token)
    other.auth()
    same(other.user.id, alice.id)
    return token


@promise("impersonation tokens are listed by state and got")
def impersonations():
    old = alice.impersonationtokens.create({"name": "long ago", "scopes": ["api"], "expires_at": day(-7)})
    same(old.active, False)
    same([token.id for token in alice.impersonationtokens.list()], [impersonation.id, old.id])
    same([token.id for token in alice.impersonationtokens.list(state="active")], [impersonation.id])
    same([token.id for token in alice.impersonationtokens.list(state="inactive")], [old.id])
    one = alice.impersonationtokens.get(impersonation.id)
    token_fields(one, impersonation=True)
    assert "token" not in one.attributes
    refused(GitlabGetError, 404, "404 Impersonation Token Not Found", lambda: alice.impersonationtokens.get(999999999))
    refused(GitlabAuthenticationError, 401, "Token is expired", client(old.token).auth)


@promise("an impersonation token without a date is refused")
def undated_impersonation():
    error = refused(GitlabCreateError, 400, "", lambda: alice.impersonationtokens.create({"name": "no date", "scopes": ["api"]}))
    same(error.error_message, {"expires_at": ["can't be blank"]})


@promise("an impersonation token is revoked")
def revoke_impersonation():
    impersonation.delete()
    same(alice.impersonationtokens.get(impersonation.id).revoked, True)
    refused(GitlabAuthenticationError, 401, "Token was revoked", client(impersonation.token).auth)


# Groups, projects and their members.

@promise("a group is created, and one in it")
def group():
    made = gl.groups.create({"name": f"Team {RUN}", "path": f"team-{RUN}", "visibility": "private", "description": "all of us"})
    same(made.full_path, f"team-{RUN}")
    same(made.visibility, "private")
    same(made.parent_id, None)
    return made


@promise("a group is created in a group")
def subgroup():
    made = gl.groups.create({"name": "Inner", "path": "inner", "parent_id": group.id})
    same(made.full_path, f"team-{RUN}/inner")
    same(made.full_name, f"Team {RUN} / Inner")
    same(made.parent_id, group.id)
    same([child.id for child in group.subgroups.list()], [made.id])
    return made


@promise("groups are got by path and found by search")
def find_group():
    same(gl.groups.get(f"team-{RUN}/inner").id, subgroup.id)
    same([found.id for found in gl.groups.list(search=f"team-{RUN}")][:1], [group.id])
    refused(GitlabGetError, 404, "404 Group Not Found", lambda: gl.groups.get(f"team-{RUN}/nowhere"))


@promise("a path that is taken is refused")
def taken_group():
    refused(GitlabCreateError, 400, "has already been taken", lambda: gl.groups.create({"name": "Again", "path": f"team-{RUN}"}))


@promise("a group is changed")
def change_group():
    group.description = "some of us"
    group.save()
    same(gl.groups.get(group.id).description, "some of us")


@promise("a project is created in a group")
def project():
    made = gl.projects.create({"name": "Site", "path": "site", "namespace_id": subgroup.id, "description": "our site"})
    same(made.path_with_namespace, f"team-{RUN}/inner/site")
    same(made.name_with_namespace, f"Team {RUN} / Inner / Site")
    same(made.namespace["id"], subgroup.id)
    same(made.visibility, "private")
    return made


@promise("projects are got by path, listed and searched")
def find_project():
    same(gl.projects.get(f"team-{RUN}/inner/site").id, project.id)
    same([found.id for found in subgroup.projects.list()], [project.id])
    assert project.id in [found.id for found in gl.projects.list(search="site", get_all=True)]
    error = refused(GitlabGetError, 404, "", lambda: gl.projects.get(f"team-{RUN}/inner/none"))
    same(error.error_message, "404 Project Not Found")


@promise("a project is changed")
def change_project():
    project.description = "everybody's site"
    project.save()
    same(gl.projects.get(project.id).description, "everybody's site")


@promise("what somebody may not see is not found")
def outsider():
    other = client(bob.personal_access_tokens.create({"name": "looks around", "scopes": ["api"]}).token)
    refused(GitlabGetError, 404, "404 Group Not Found", lambda: other.groups.get(group.id))
    refused(GitlabGetError, 404, "404 Project Not Found", lambda: other.projects.get(project.id))
    same(other.groups.list(), [])


@promise("members are added, with a last day if wanted")
def members():
    member = group.members.create({"user_id": alice.id, "access_level": gitlab.const.AccessLevel.DEVELOPER, "expires_at": day(90)})
    same((member.id, member.username, member.state, member.access_level, member.expires_at), (alice.id, alice.username, "active", 30, day(90)))
    member = project.members.create({"user_id": bob.id, "access_level": gitlab.const.AccessLevel.REPORTER})
    same((member.id, member.access_level, member.expires_at), (bob.id, 20, None))
    same(sorted(member.id for member in group.members.list()), sorted([me.id, alice.id]))
    assert bob.id in [member.id for member in project.members.list()]
    assert alice.id not in [member.id for member in project.members.list()]


@promise("who is a member already is a conflict")
def member_again():
    error = refused(GitlabCreateError, 409, "", lambda: project.members.create({"user_id": bob.id, "access_level": 30}))
    same(error.error_message, "Member already exists")


@promise("a member that makes no sense is refused")
def bad_member():
    refused(GitlabCreateError, 404, "404 User Not Found", lambda: project.members.create({"user_id": 999999999, "access_level": 30}))
    refused(GitlabCreateError, 400, "access_level does not have a valid value", lambda: project.members.create({"user_id": alice.id, "access_level": 31}))


@promise("all members of a project are those of its groups, too")
def all_members():
    everybody = {member.id: member.access_level for member in project.members_all.list()}
    same(everybody[alice.id], 30)
    same(everybody[bob.id], 20)
    same(project.members_all.get(alice.id).access_level, 30)
    refused(GitlabGetError, 404, "404", lambda: project.members.get(alice.id))


@promise("a member's level is changed")
def change_member():
    member = project.members.get(bob.id)
    member.access_level = 40
    member.save()
    same(project.members.get(bob.id).access_level, 40)


@promise("what a member may not do is forbidden")
def permissions():
    developer = client(alice.personal_access_tokens.create({"name": "develops", "scopes": ["api"]}).token)
    same(developer.projects.get(project.id).id, project.id)
    refused(GitlabDeleteError, 403, "403 Forbidden", lambda: developer.projects.get(project.id).delete())


# Project and group tokens.

def resource_tokens(kind, resource):
    """The tokens of a project or a group: the same promises."""
    path = f"/{kind}s/{resource.id}/access_tokens" if resource else ""

    @promise(f"a {kind} token is made with its own bot")
    def token():
        made = resource.access_tokens.create({"name": f"ci {RUN}", "scopes": ["api"], "access_level": 30, "expires_at": day(14)})
        token_fields(made, name=f"ci {RUN}", scopes=["api"], access_level=30, expires_at=day(14), active=True, revoked=False)
        same((made.resource_type, made.resource_id), (kind, resource.id))
        bot = client(made.token)
        bot.auth()
        same(bot.user.id, made.user_id)
        assert bot.user.username.startswith(f"{kind}_{resource.id}_bot"), bot.user.username
        same(resource.members.get(made.user_id).access_level, 30)
        same(gl.users.get(made.user_id).attributes.get("bot"), True)
        return made

    @promise(f"a {kind} token without a level is a Maintainer's")
    def second():
        made = resource.access_tokens.create({"name": "plain", "scopes": ["read_api"]})
        same((made.access_level, made.expires_at), (40, day(365)))
        return made

    @promise(f"{kind} tokens are listed by state and got")
    def listed():
        same([one.id for one in resource.access_tokens.list()], [token.id, second.id])
        same([one.id for one in resource.access_tokens.list(state="active")], [token.id, second.id])
        same(resource.access_tokens.list(state="inactive"), [])
        assert not any("token" in one.attributes for one in resource.access_tokens.list())
        one = gl.http_get(f"{path}/{token.id}")
        token_fields(one, id=token.id, access_level=30, name=f"ci {RUN}")
        assert "token" not in one
        refused(GitlabHttpError, 404, "Not Found", lambda: gl.http_get(f"{path}/999999999"))

    @promise(f"a {kind} token that makes no sense is refused")
    def bad():
        refused(GitlabCreateError, 400, "access_level does not have a valid value",
                lambda: resource.access_tokens.create({"name": "n", "scopes": ["api"], "access_level": 5}))
        refused(GitlabCreateError, 400, "scopes does not have a valid value",
                lambda: resource.access_tokens.create({"name": "n", "scopes": ["read_user"]}))
        refused(GitlabCreateError, 400, "400 Bad request - ",
                lambda: resource.access_tokens.create({"name": "n", "scopes": ["api"], "expires_at": day(366)}))

    @promise(f"{kind} tokens take the filters and orders of personal ones")
    def filtered():
        same([one.id for one in resource.access_tokens.list(search="PLAIN")], [second.id])
        same([one.id for one in resource.access_tokens.list(expires_before=day(15))], [token.id])
        same([one.id for one in resource.access_tokens.list(revoked=True)], [])
        same(names(resource.access_tokens.list(sort="name_desc")), ["plain", f"ci {RUN}"])
        same([one.id for one in resource.access_tokens.list(iterator=True, per_page=1)], [token.id, second.id])

    @promise(f"an expired {kind} token is made, and refused when used")
    def expired():
        old = resource.access_tokens.create({"name": "old", "scopes": ["api"], "expires_at": day(-1)})
        same(old.active, False)
        refused(GitlabAuthenticationError, 401, "Token is expired", client(old.token).auth)
        old.delete()
        same([one.id for one in resource.access_tokens.list(state="inactive")], [old.id])
        return old

    @promise(f"a {kind} token is rotated; its bot stays")
    def rotated():
        new = gl.http_post(f"{path}/{token.id}/rotate", post_data={"expires_at": day(40)})
        token_fields(new, name=f"ci {RUN}", access_level=30, expires_at=day(40), user_id=token.user_id, active=True)
        same(gl.http_get(f"{path}/{token.id}")["revoked"], True)
        same([one.id for one in resource.access_tokens.list(state="inactive")], [token.id, expired.id])
        refused(GitlabAuthenticationError, 401, "Token was revoked", client(token.token).auth)
        return new

    @promise(f"a {kind}'s bot rotates its own token")
    def self_rotated():
        new = client(rotated["token"]).http_post(f"{path}/self/rotate")
        same((new["expires_at"], new["user_id"]), (day(7), token.user_id))
        refused(GitlabHttpError, 405, "405 Method Not Allowed", lambda: gl.http_post(f"{path}/self/rotate"))
        return new

    @promise(f"a {kind}'s bot makes no tokens")
    def bot_creates():
        keeper = resource.access_tokens.create({"name": "keeper", "scopes": ["api"], "access_level": 50})
        bot = client(keeper.token)
        own = getattr(bot, f"{kind}s").get(resource.id)
        assert keeper.id in [one.id for one in own.access_tokens.list()]
        refused(GitlabCreateError, 400, f"User does not have permission to create {kind} access token",
                lambda: own.access_tokens.create({"name": "n", "scopes": ["api"], "access_level": 10}))

    @promise(f"a {kind} token is revoked")
    def revoked():
        resource.access_tokens.delete(self_rotated["id"])
        same(gl.http_get(f"{path}/{self_rotated['id']}")["active"], False)
        refused(GitlabAuthenticationError, 401, "Token was revoked", client(self_rotated["token"]).auth)
        refused(GitlabDeleteError, 404, "Not Found", lambda: resource.access_tokens.delete(999999999))


resource_tokens("project", project)
resource_tokens("group", group)


@promise("the tokens of a project are for its Maintainers, and no mightier than they are")
def maintainers():
    developer = client(alice.personal_access_tokens.create({"name": "develops", "scopes": ["api"]}).token).projects.get(project.id)
    refused(GitlabAuthenticationError, 401, "401 Unauthorized", developer.access_tokens.list)
    refused(GitlabCreateError, 400, "User does not have permission to create project access token",
            lambda: developer.access_tokens.create({"name": "n", "scopes": ["api"], "access_level": 10}))
    maintainer = client(bob.personal_access_tokens.create({"name": "maintains", "scopes": ["api"]}).token).projects.get(project.id)
    refused(GitlabCreateError, 400, "400 Bad request - ",
            lambda: maintainer.access_tokens.create({"name": "n", "scopes": ["api"], "access_level": 50}))
    token = maintainer.access_tokens.create({"name": f"by bob {RUN}", "scopes": ["api"], "access_level": 40})
    assert token.id in [one.id for one in maintainer.access_tokens.list()]
    maintainer.access_tokens.delete(token.id)


@promise("a bot rotates itself only where it belongs")
def bot_elsewhere():
    token = group.access_tokens.create({"name": "elsewhere", "scopes": ["api"], "access_level": 30})
    refused(GitlabAuthenticationError, 401, "401 Unauthorized",
            lambda: client(token.token).http_post(f"/projects/{project.id}/access_tokens/self/rotate"))
    private = gl.projects.create({"name": f"apart-{RUN}"})
    refused(GitlabHttpError, 404, "404 Project Not Found",
            lambda: client(token.token).http_post(f"/projects/{private.id}/access_tokens/self/rotate"))
    private.delete()
    same(client(token.token).http_post("/personal_access_tokens/self/rotate")["user_id"], token.user_id)


@promise("administrators see the tokens of bots, and tell them from those of people")
def bots_in_list():
    bots = {user.id for user in group.members.list(get_all=True) if user.username.startswith(f"group_{group.id}_bot")}
    assert bots
    for bot in bots:
        same({token.user_id for token in gl.personal_access_tokens.list(user_id=bot, get_all=True)}, {bot})
    assert not bots & {user.id for user in gl.users.list(exclude_internal=True, without_project_bots=True, get_all=True)}


# Sudo.

@promise("an administrator acts as somebody else")
def sudo():
    same(gl.http_get("/user", sudo=alice.username)["id"], alice.id)
    same(gl.http_get("/user", sudo=alice.id)["id"], alice.id)
    same({token.user_id for token in gl.personal_access_tokens.list(sudo=bob.id, get_all=True)}, {bob.id})


@promise("sudo is for administrators with that scope, as users that are there")
def bad_sudo():
    error = refused(GitlabHttpError, 404, "", lambda: gl.http_get("/user", sudo=f"nobody-{RUN}"))
    same(error.error_message, f"404 User with ID or username 'nobody-{RUN}' Not Found")
    plain = client(alice.personal_access_tokens.create({"name": "no sudo", "scopes": ["api"]}).token)
    error = refused(GitlabHttpError, 403, "", lambda: plain.http_get("/user", sudo=bob.id))
    same(error.error_message, "403 Forbidden - Must be admin to use sudo")
    administrator = client(gl.users.get(me.id).personal_access_tokens.create({"name": "no sudo", "scopes": ["api"]}).token)
    refused(GitlabHttpError, 403, '"scope":"sudo"', lambda: administrator.http_get("/user", sudo=bob.id))


# The instance's settings.

@promise("the instance's settings are read and changed")
def settings():
    current = gl.settings.get()
    same(current.require_personal_access_token_expiry, True)
    before = current.personal_access_token_prefix
    current.personal_access_token_prefix = "day-"
    current.save()
    try:
        same(gl.settings.get().personal_access_token_prefix, "day-")
        token = bob.personal_access_tokens.create({"name": "prefixed", "scopes": ["api"]})
        assert token.token.startswith("day-"), "the prefix is not in use"
        client(token.token).auth()
    finally:
        gl.settings.update(new_data={"personal_access_token_prefix": before})
    same(gl.settings.get().personal_access_token_prefix, before)
    refused(GitlabUpdateError, 400, "is invalid", lambda: gl.settings.update(new_data={"require_personal_access_token_expiry": "perhaps"}))


@promise("the settings are not for others")
def settings_of_others():
    other = client(bob.personal_access_tokens.create({"name": "curious", "scopes": ["api"]}).token)
    refused(GitlabGetError, 403, "403 Forbidden", other.settings.get)


# The end of the day.

@promise("a blocked user's tokens rest until she is unblocked")
def block():
    other = client(alice.personal_access_tokens.create({"name": "rests", "scopes": ["api"]}).token)
    same(alice.block(), True)
    same(alice.block(), None)
    same(gl.users.get(alice.id).state, "blocked")
    refused(GitlabHttpError, 403, "403 Forbidden - Your account has been blocked.", lambda: other.http_get("/user"))
    same(alice.unblock(), True)
    same(alice.unblock(), False)
    same(gl.users.get(alice.id).state, "active")
    other.auth()


@promise("a member is removed")
def remove_member():
    project.members.delete(bob.id)
    refused(GitlabGetError, 404, "404", lambda: project.members.get(bob.id))
    group.members.get(alice.id).delete()
    assert alice.id not in [member.id for member in group.members.list()]
    refused(GitlabDeleteError, 404, "404", lambda: project.members.delete(bob.id))


@promise("a project is deleted, and its bots' tokens end")
def delete_project():
    token = project.access_tokens.create({"name": "last", "scopes": ["api"]})
    project.delete()
    refused(GitlabGetError, 404, "404 Project Not Found", lambda: gl.projects.get(project.id))
    refused(GitlabAuthenticationError, 401, "", client(token.token).auth)


@promise("a group is deleted with what is in it")
def delete_group():
    group.delete()
    refused(GitlabGetError, 404, "404 Group Not Found", lambda: gl.groups.get(group.id))
    refused(GitlabGetError, 404, "404 Group Not Found", lambda: gl.groups.get(subgroup.id))


@promise("a user is deleted, and her tokens end")
def delete_user():
    token = alice.personal_access_tokens.create({"name": "farewell", "scopes": ["api"]})
    alice.delete()
    refused(GitlabGetError, 404, "404 User Not Found", lambda: gl.users.get(alice.id))
    refused(GitlabAuthenticationError, 401, "401 Unauthorized", client(token.token).auth)
    gl.users.delete(bob.id)
    same(gl.users.list(username=bob.username), [])
    refused(GitlabDeleteError, 404, "404 User Not Found", lambda: gl.users.delete(bob.id))


sys.exit(1 if failures else 0)
