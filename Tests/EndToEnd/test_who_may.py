"""Tokens, scopes, and what a browser must not do."""

import pytest

from harness.sidecar import source
from harness.wire import Wire, request

TOKENS = {
    "reader": ["read"],
    "puller": ["pull:billing"],
    "operator": ["operate"],
    "scraper": ["metrics"],
    "all": ["read", "pull:billing", "operate", "metrics"],
}


def secret(name):
    return f"secret-{name}-0123456789"


@pytest.fixture(scope="module")
def guarded(binary, description, tmp_path_factory):
    from harness.sidecar import Sidecar

    sidecar = Sidecar(
        binary, tmp_path_factory.mktemp("guarded"), description,
        api={"tokens": [{"name": name, "token": f"literal:{secret(name)}", "scopes": scopes}
                        for name, scopes in TOKENS.items()]},
    ).start()
    sidecar.deliver("github", b"1")
    sidecar.api.with_token(secret("all")).put("/v1/consumers/billing", {}, expect=201)
    yield sidecar
    sidecar.discard()


def ways(sidecar):
    """Each operation, and the tokens that may."""
    every = sidecar.api.with_token(secret("all"))
    event = every.get("/v1/events").json["data"][0]["id"]
    page = every.get("/v1/consumers/billing/events").json
    commit = {"cursor": page["next"]}
    return [
        ("GET", "/v1/events", None, {"reader", "all"}),
        ("GET", f"/v1/events/{event}", None, {"reader", "all"}),
        ("GET", f"/v1/events/{event}/body", None, {"reader", "all"}),
        ("GET", "/v1/sources", None, {"reader", "all"}),
        ("GET", "/v1/sources/github", None, {"reader", "all"}),
        ("POST", "/v1/sources/github/poll", {}, {"operator", "all"}),
        ("POST", "/v1/sources/github/pause", {}, {"operator", "all"}),
        ("POST", "/v1/sources/github/resume", {}, {"operator", "all"}),
        ("GET", "/v1/status", None, {"reader", "all"}),
        ("GET", "/metrics", None, {"reader", "scraper", "all"}),
        ("GET", "/v1/consumers/billing", None, {"reader", "puller", "all"}),
        ("GET", "/v1/consumers/billing/events", None, {"reader", "puller", "all"}),
        ("GET", "/v1/consumers/other", None, {"reader", "all"}),
        ("PUT", "/v1/consumers/billing", {}, {"puller", "operator", "all"}),
        ("PUT", "/v1/consumers/other", {}, {"operator", "all"}),
        ("POST", "/v1/consumers/billing/commit", commit, {"puller", "all"}),
        ("POST", "/v1/consumers/billing/seek", {"to": "earliest"}, {"puller", "all"}),
        ("POST", "/v1/consumers/other/seek", {"to": "earliest"}, set()),
        ("DELETE", "/v1/consumers/other", None, {"operator", "all"}),
        ("GET", "/livez", None, {None, *TOKENS}),
        ("GET", "/readyz", None, {None, *TOKENS}),
        ("GET", "/openapi.yaml", None, {None, *TOKENS}),
    ]


def test_every_operation_takes_exactly_its_scopes(guarded):
    for method, target, body, allowed in ways(guarded):
        for name in [None, *TOKENS]:
            api = guarded.api.with_token(secret(name) if name else None)
            reply = api.call(method, target, body)
            if name in allowed:
                assert reply.status not in (401, 403), (method, target, name, reply.body)
            elif name is None:
                assert reply.status == 401, (method, target)
                assert reply.json["type"] == "/problems/unauthorized"
            else:
                assert reply.status == 403, (method, target, name)
                assert reply.json["type"] == "/problems/scope-missing"


@pytest.mark.parametrize("value", [
    "Bearer", "Bearer ", "Bearer wrong", f"Bearer {secret('all')[:-1]}",
    f"Bearer {secret('all')}0", f"Bearer {secret('all').upper()}", "Basic c2VjcmV0LWFsbA==",
    secret("all"), f"Bearer {secret('all')} extra", f"Bearer {secret('all')},",
    f"Token {secret('all')}", "",
])
def test_what_is_no_token_of_ours_is_401(guarded, value):
    reply = guarded.api.call("GET", "/v1/status", headers=[("Authorization", value)], expect=401)
    assert reply.header("WWW-Authenticate").startswith("Bearer")
    assert b"secret" not in reply.body


def test_the_scheme_is_known_in_any_case(guarded):
    for scheme in ("Bearer", "bearer", "BEARER"):
        headers = [("Authorization", f"{scheme} {secret('reader')}")]
        guarded.api.call("GET", "/v1/status", headers=headers, expect=200)


def test_two_tokens_are_none(guarded):
    headers = [("Authorization", f"Bearer {secret('all')}"), ("Authorization", "Bearer wrong")]
    assert guarded.api.call("GET", "/v1/status", headers=headers).status in (400, 401)


def test_a_token_in_the_query_is_no_token(guarded):
    guarded.api.call("GET", f"/v1/events?access_token={secret('all')}", expect=401)


def test_tokens_are_in_no_answer_and_in_no_line_of_the_log(guarded):
    every = guarded.api.with_token(secret("all"))
    text = b"".join([every.get("/v1/status").body, every.get("/metrics").body])
    shown = guarded.cli("config", "show", "--config", guarded.config_path)
    assert shown.returncode == 0, shown.stderr
    for word in [secret(name) for name in TOKENS] + ["github secret"]:
        assert word.encode() not in text + shown.stdout + shown.stderr
        assert word not in guarded.log


# Browsers


@pytest.mark.parametrize("headers, status", [
    ([("Origin", "https://evil.example")], 403),
    ([("Origin", "null")], 403),
    ([("Origin", "http://127.0.0.1:1")], 403),
    ([("Sec-Fetch-Site", "cross-site")], 403),
    ([("Sec-Fetch-Site", "same-origin")], 200),
    ([("Sec-Fetch-Site", "none")], 200),
    ([("Origin", "SAME")], 200),
])
@pytest.mark.parametrize("path", ["/v1/events", "/livez", "/openapi.yaml", "/metrics"])
def test_pages_of_other_sites_are_refused(shared, path, headers, status):
    own = "http://%s:%d" % shared.api_address
    headers = [(name, own if value == "SAME" else value) for name, value in headers]
    reply = shared.api.call("GET", path, headers=headers, expect=status)
    if status == 403:
        assert reply.json["type"] == "/problems/cross-site"
    assert reply.header("Access-Control-Allow-Origin") is None


def test_a_token_does_not_open_it_to_other_sites(guarded):
    headers = [("Origin", "https://evil.example")]
    guarded.api.with_token(secret("all")).call("GET", "/v1/events", headers=headers, expect=403)


@pytest.mark.parametrize("host, status", [
    ("127.0.0.1", 200), ("127.0.0.1:8081", 200), ("localhost", 200), ("localhost:9", 200),
    ("LOCALHOST", 200), ("[::1]", 200), ("[::1]:8081", 200), ("127.0.0.2", 200),
    ("evil.example", 403), ("127.0.0.1.evil.example", 403), ("localhost.evil.example", 403),
    ("192.0.2.1", 403), ("[2001:db8::1]", 403), ("0.0.0.0", 403), ("127.1", 403),
])
def test_without_tokens_only_a_loopback_name_is_answered(shared, host, status):
    reply = shared.api.call("GET", "/v1/events?limit=1", host=host, expect=status)
    if status == 403:
        assert reply.json["type"] == "/problems/foreign-host"


def test_with_tokens_the_name_does_not_matter(guarded):
    guarded.api.with_token(secret("reader")).call("GET", "/v1/events", host="hooks.example",
                                                 expect=200)


def test_without_tokens_it_does_not_start_elsewhere(make_sidecar):
    sidecar = make_sidecar(start=False, api={"listen": ["0.0.0.0:%d" % 1]})
    checked = sidecar.cli("check", "--config", sidecar.config_path)
    assert checked.returncode == 1
    assert b"token" in checked.stdout
    sidecar.start(wait=False)
    assert sidecar.wait() == 1
    assert "token" in sidecar.log


def test_a_unix_socket_needs_no_token(make_sidecar, tmp_path):
    sidecar = make_sidecar(start=False)
    path = str(tmp_path / "api.sock")
    sidecar.make({"github": source("github")},
                 {"api": {"listen": [f"unix:{path}"]}})
    sidecar.api_address = path
    sidecar.start()
    assert sidecar.api.get("/v1/status").json["state"] == "open"
    import os
    import stat

    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    listed = sidecar.cli("events", "list", env={"WEBHOOK_SIDECAR_API": f"unix:{path}"})
    assert listed.returncode == 0, listed.stderr
    assert sidecar.stop() == 0
    assert not os.path.exists(path)


def test_writes_need_json(shared):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        reply = shared.api.call("PUT", "/v1/consumers/c", b"{}", [("Content-Type", kind)])
        assert reply.status == 415, kind
    headers = [("Content-Type", "application/json; charset=utf-8")]
    shared.api.call("PUT", "/v1/consumers/c", b"{}", headers, expect=201)
    with Wire(shared.api_address) as wire:
        assert wire.exchange(request("POST", "/v1/consumers/c/seek", [], b"{}")).status == 415


def test_a_body_is_served_so_that_no_browser_runs_it(shared):
    page = b"<script>alert(1)</script>"
    event = shared.deliver("github", page).header("Webhook-Receiver-Event")
    reply = shared.api.get(f"/v1/events/{event}/body")
    assert reply.body == page
    assert reply.header("Content-Type") == "application/octet-stream"
    assert reply.header("Content-Disposition").startswith("attachment")
    assert "sandbox" in reply.header("Content-Security-Policy")
    assert reply.header("X-Content-Type-Options") == "nosniff"
