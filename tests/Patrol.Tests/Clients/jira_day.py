#!/usr/bin/env python3
"""A day with python-jira 3.4.1.

Takes PATROL_URL and PATROL_PASSWORD (root's) from the environment. Prints one line for each promise, "ok - …" or "not ok - …", and
ends with 1 if one was not kept.
"""
import os
import re
import sys
import traceback

from jira import JIRA
from jira.exceptions import JIRAError

URL = os.environ["PATROL_URL"].rstrip("/")
PASSWORD = os.environ["PATROL_PASSWORD"]
TOKENS = "/rest/pat/latest/tokens"
failures = 0


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


def refused(status, words, call):
    """The call must fail with this status, and these words must reach whoever reads the exception."""
    try:
        call()
    except JIRAError as error:
        same(error.status_code, status)
        assert words in error.text, f"{words!r} is not in {error.text!r}"
        return
    raise AssertionError("it was not refused")


@promise("a password connects, and the server says what it is")
def by_password():
    client = JIRA(URL, basic_auth=("root", PASSWORD), max_retries=0)
    same(client.server_info()["serverTitle"], "Patrol")
    same(client._version, (9, 12, 0))
    return client


@promise("myself is root")
def _():
    same(by_password.myself()["name"], "root")
    same(by_password.current_user(), "root")
    same(by_password.current_user("key"), "JIRAUSER10001")


@promise("a token is made, of the form that secret scanners know")
def token():
    made = by_password._session.post(URL + TOKENS, json={"name": "python-jira", "expirationDuration": 30}).json()
    assert re.fullmatch(r"[MNO][A-Za-z0-9+/]{43}", made["rawToken"]), "the form is another one"
    return made


@promise("the token connects, with and without validation, below every context")
def by_token():
    for context in ("", "/jira", "/confluence"):
        for options in ({}, {"validate": True}, {"get_server_info": False}):
            client = JIRA(URL + context, token_auth=token["rawToken"], max_retries=0, **options)
            same(client.myself()["name"], "root")
    return JIRA(URL, token_auth=token["rawToken"], max_retries=0)


@promise("with the token: myself, session, and no fields")
def _():
    same(by_token.current_user(), "root")
    same(by_token.session().name, "root")
    same(by_token.fields(), [])


@promise("a token makes and lists tokens")
def second():
    made = by_token._session.post(URL + TOKENS, json={"name": "second"}).json()
    same(made["expiringAt"], "9999-12-31T00:00:00.000Z")
    names = [one["name"] for one in by_token._session.get(URL + TOKENS).json()]
    same(names, ["python-jira", "second"])
    return made


@promise("the reasons of refusals reach the reader")
def _():
    refused(400, "name must not be empty", lambda: by_token._session.post(URL + TOKENS, json={}))
    refused(400, "expirationDuration must be between 1 and 365 days", lambda: by_token._session.post(URL + TOKENS, json={"name": "x", "expirationDuration": 0}))
    refused(404, "Token not found", lambda: by_token._session.get(URL + TOKENS + "/999999"))


@promise("the eleventh token is refused in Jira's words")
def _():
    made = [by_token._session.post(URL + TOKENS, json={"name": "x"}).json()["id"] for _ in range(8)]
    refused(400, "You can't create more than 10 tokens.", lambda: by_token._session.post(URL + TOKENS, json={"name": "x"}))
    done = by_token._session.post(URL + TOKENS + "/revoke", json={"ids": made + [999999]}).json()
    same(done, {"revoked": made, "notFound": [999999]})


@promise("a cookie session works, and its writes carry the header")
def _():
    client = JIRA(URL, auth=("root", PASSWORD), max_retries=0)
    same(client.myself()["name"], "root")
    made = client._session.post(URL + TOKENS, json={"name": "by cookie"}).json()
    same(client._session.delete(f"{URL}{TOKENS}/{made['id']}").status_code, 204)


@promise("a revoked token's error text reaches the reader, whatever is asked")
def _():
    same(by_token._session.delete(f"{URL}{TOKENS}/{second['id']}").status_code, 204)
    words = "Client must be authenticated to access this resource."
    refused(401, words, lambda: JIRA(URL, token_auth=second["rawToken"], max_retries=0))
    refused(401, words, lambda: JIRA(URL, token_auth=second["rawToken"], validate=True, max_retries=0))
    refused(401, words, lambda: JIRA(URL, token_auth=second["rawToken"], get_server_info=False, max_retries=0).myself())


@promise("a token is no password, and three wrong ones are told as denied")
def _():
    for _ in range(3):
        refused(401, "AUTHENTICATED_FAILED", lambda: JIRA(URL, basic_auth=("root", token["rawToken"]), max_retries=0))
    refused(403, "Too many wrong passwords", lambda: JIRA(URL, basic_auth=("root", PASSWORD), max_retries=0))


sys.exit(1 if failures else 0)
