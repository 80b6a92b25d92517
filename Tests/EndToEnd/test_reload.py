"""SIGHUP: what changes in a process that runs, and what it says of it."""

import json
import time

import pytest

from harness.reloading import OLD, NEW, Reloading, github, setting
from harness.sidecar import source
from harness.signing import new_id, sign
from harness.wire import Wire, chunked, request, wait_until

BODY = b'{"a": 1}'


@pytest.fixture
def running(make_sidecar):
    return Reloading(make_sidecar(sources={"github": github(OLD), "shopify": source("shopify")}))


# Sources


def test_a_source_that_is_added_takes_deliveries(running):
    sidecar = running.sidecar
    sidecar.deliver("stripe", BODY, expect=404)
    last = running.reload(setting("sources", "stripe", value=source("stripe")))
    assert last["changed"] == ["sources.stripe"] and last["needs_restart"] == []
    sidecar.deliver("stripe", BODY)
    assert sidecar.api.get("/v1/sources/stripe").json["path"] == "/in/stripe"
    assert 'events_accepted_total{source="stripe"} 1' in sidecar.api.get("/metrics").body.decode()
    (event,) = sidecar.api.events(source="stripe")
    assert event["source"] == "stripe"


def test_a_source_that_is_removed_is_not_there(running):
    sidecar = running.sidecar
    sidecar.deliver("shopify", BODY)
    with Wire(sidecar.ingress_address) as wire:
        delivery = request("POST", "/in/shopify", sign("shopify", b"2"), b"2")
        assert wire.exchange(delivery).status == 200
        last = running.reload(lambda c: c["sources"].pop("shopify"))
        assert last["changed"] == ["sources.shopify"]
        # A connection that was there sees the same.
        assert wire.exchange(delivery).status == 404
    sidecar.deliver("shopify", BODY, expect=404)
    sidecar.api.get("/v1/sources/shopify", expect=404)
    assert "shopify" not in sidecar.api.get("/metrics").body.decode()
    # What was taken stays.
    assert len(sidecar.api.events()) == 2


def test_a_source_that_comes_back_goes_on_counting_and_stays_paused(running):
    sidecar = running.sidecar
    sidecar.deliver("shopify", BODY)
    sidecar.api.post("/v1/sources/shopify/pause", {})
    shopify = running.sources["shopify"]
    running.reload(lambda c: c["sources"].pop("shopify"))
    running.reload(setting("sources", "shopify", value=shopify))
    assert sidecar.api.get("/v1/sources/shopify").json["paused"] is True
    sidecar.deliver("shopify", b"2", expect=503)
    sidecar.api.post("/v1/sources/shopify/resume", {})
    sidecar.deliver("shopify", b"2")
    assert sidecar.api.status["sources"]["shopify"]["accepted"] == 2


def test_a_pause_outlives_reloads(running):
    sidecar = running.sidecar
    sidecar.api.post("/v1/sources/github/pause", {})
    running.reload(setting("sources", "github", "verify", "secrets", value=[f"literal:{NEW}"]))
    sidecar.deliver("github", BODY, secret=NEW, expect=503)
    sidecar.api.post("/v1/sources/github/resume", {})
    sidecar.deliver("github", BODY, secret=NEW)


def test_a_source_that_was_paused_before_it_was_configured_is_paused(running):
    sidecar = running.sidecar
    sidecar.api.post("/v1/sources/shopify/pause", {})
    shopify = running.sources["shopify"]
    running.reload(lambda c: c["sources"].pop("shopify"))
    sidecar.restart()
    running.reload(setting("sources", "shopify", value=shopify))
    sidecar.deliver("shopify", BODY, expect=503)


def test_paths_aliases_and_replies_change(running):
    sidecar = running.sidecar

    def change(configuration):
        configuration["sources"]["github"] |= {
            "path": "/new", "aliases": ["/in/github"],
            "reply": {"status": 202, "body": "taken", "content_type": "text/plain"},
        }

    last = running.reload(change)
    assert last["changed"] == [
        "sources.github.aliases", "sources.github.path", "sources.github.reply.body",
        "sources.github.reply.content_type", "sources.github.reply.status",
    ]
    for path in ("/new", "/in/github"):
        reply = sidecar.deliver("github", new_id().encode(), path, secret=OLD, expect=202)
        assert reply.body == b"taken"
    running.reload(setting("sources", "github", "aliases", value=[]))
    sidecar.deliver("github", BODY, "/in/github", secret=OLD, expect=404)


# Secrets


def rotate(sidecar, running, old, new):
    """After the reload the old secret is refused, and the new one is not."""
    sidecar.deliver("github", new_id().encode(), secret=old)
    last = running()
    assert last["changed"] == ["sources.github.verify.secrets"]
    reply = sidecar.deliver("github", new_id().encode(), secret=old, expect=401)
    assert reply.json["reason"] == "signature_mismatch"
    sidecar.deliver("github", new_id().encode(), secret=new)


def test_failure_56_a_literal_secret_is_replaced(running):
    change = setting("sources", "github", "verify", "secrets", value=[f"literal:{NEW}"])
    before = running.standing["fingerprint"]
    rotate(running.sidecar, lambda: running.reload(change), OLD, NEW)
    # The fingerprint says nothing of secrets; that they changed is said beside it.
    assert running.standing["fingerprint"] == before


def test_failure_56_the_secret_behind_the_same_file_is_replaced(make_sidecar, tmp_path):
    file = tmp_path / "secret"
    file.write_text(OLD + "\n")
    file.chmod(0o600)
    sidecar = make_sidecar(
        sources={"github": source("github", verify={"secrets": [f"file:{file}"]})}
    )
    running = Reloading(sidecar)
    read = running.standing["loaded_at"]
    file.write_text(NEW + "\n")
    # Before somebody asks, nothing changes.
    sidecar.deliver("github", b"0", secret=OLD)
    rotate(sidecar, running.hang_up_and_wait, OLD, NEW)
    assert running.standing["loaded_at"] > read


def test_a_reload_of_the_same_file_changes_nothing(running):
    before = running.standing
    last = running.reload()
    assert last["changed"] == [] and last["needs_restart"] == [] and last["problems"] == []
    assert running.standing["fingerprint"] == before["fingerprint"]
    assert before["last_reload"] is None
    running.sidecar.deliver("github", BODY, secret=OLD)


def test_two_secrets_while_one_is_replaced(running):
    sidecar = running.sidecar

    def secrets(*texts):
        last = running.reload(
            setting("sources", "github", "verify", "secrets",
                    value=[f"literal:{text}" for text in texts])
        )
        assert last["changed"] == ["sources.github.verify.secrets"]

    def series():
        text = sidecar.api.get("/metrics").body.decode()
        return [line.split()[-1] for line in text.splitlines()
                if line.startswith('webhook_receiver_secret_matches_total{source="github"')]

    sidecar.deliver("github", b"1", secret=OLD)
    assert series() == ["1"]
    secrets(NEW, OLD)
    # The places mean other secrets now.
    assert series() == ["0", "0"]
    sidecar.deliver("github", b"2", secret=OLD)
    sidecar.deliver("github", b"3", secret=OLD)
    sidecar.deliver("github", b"4", secret=NEW)
    assert series() == ["1", "2"]
    # Another setting of the source leaves them alone.
    running.reload(setting("sources", "github", "deny", value=["192.0.2.0/24"]))
    assert series() == ["1", "2"]
    secrets(NEW)
    assert series() == ["0"]
    sidecar.deliver("github", b"5", secret=OLD, expect=401)
    sidecar.deliver("github", b"6", secret=NEW)


def test_a_profile_in_a_file_is_read_again(make_sidecar, tmp_path, cli):
    profile = json.loads(cli("profiles", "github", "--json").stdout)
    file = tmp_path / "own.json"

    def write(header):
        text = json.dumps(profile).replace("X-Hub-Signature-256", header)
        text = text.replace("x-hub-signature-256", header.lower())
        file.write_text(text)

    write("X-Own-One")
    own = {"path": "/own", "verify": {"profile": f"file:{file}", "secrets": [f"literal:{OLD}"]}}
    sidecar = make_sidecar(sources={"own": own})
    running = Reloading(sidecar)

    def deliver(header, expect):
        body = new_id().encode()
        fields = [(header if name == "X-Hub-Signature-256" else name, value)
                  for name, value in sign("github", body, secret=OLD)]
        sidecar.post("/own", body, fields, expect=expect)

    deliver("X-Own-One", 200)
    write("X-Own-Two")
    assert running.hang_up_and_wait()["changed"] == ["sources.own.verify.profile"]
    deliver("X-Own-One", 401)
    deliver("X-Own-Two", 200)
    file.write_text("{")
    last = running.hang_up_and_wait("refused")
    assert "sources.own.verify.profile" in last["problems"][0]
    deliver("X-Own-Two", 200)


# Lists and limits


def test_lists_change(running):
    sidecar = running.sidecar

    def status():
        return sidecar.deliver("github", new_id().encode(), secret=OLD, expect=None).status

    assert status() == 200
    running.reload(setting("sources", "github", "deny", value=["127.0.0.0/8"]))
    assert status() == 403
    running.reload(setting("sources", "github", "deny", value=[]))
    assert status() == 200
    running.reload(setting("sources", "github", "allow", value=["192.0.2.0/24"]))
    assert status() == 403
    running.reload(setting("sources", "github", "allow", value=["192.0.2.0/24", "127.0.0.1"]))
    assert status() == 200


def test_a_rate_that_is_used_up_stays_used_up(make_sidecar):
    def limit(burst):
        return {"requests_per_second": 1, "burst": burst}

    sidecar = make_sidecar(sources={"github": github(OLD, rate_limit=limit(20))})
    running = Reloading(sidecar)

    def taken(count):
        return [sidecar.deliver("github", new_id().encode(), secret=OLD, expect=None).status
                for _ in range(count)].count(200)

    assert 20 <= taken(30) < 25  # one more with each second
    # The same limit is the same bucket.
    running.reload(setting("sources", "github", "allow", value=["127.0.0.0/8"]))
    assert taken(10) < 10
    # What is used up of 20 is used up of 1000; what comes in meanwhile is one in a second.
    running.reload(setting("sources", "github", "rate_limit", value=limit(1000)))
    assert taken(300) < 300
    running.reload(lambda c: c["sources"]["github"].pop("rate_limit"))
    assert taken(50) == 50
    running.reload(setting("sources", "github", "rate_limit", value=limit(3)))
    assert 3 <= taken(20) < 10


def test_the_limits_of_the_ingress_change(running):
    sidecar = running.sidecar
    large = b"x" * 5000
    with Wire(sidecar.ingress_address) as wire:
        post = request("POST", "/in/github", sign("github", large, secret=OLD), large)
        assert wire.exchange(post).status == 200
        running.reload(setting("ingress", "limits", "body_bytes", value=4000))
        assert wire.exchange(post).status == 413
    sidecar.deliver("github", b"x" * 4000, secret=OLD)
    running.reload(setting("ingress", "limits", "header_bytes", value=2048))
    with Wire(sidecar.ingress_address) as wire:
        assert wire.exchange(
            request("POST", "/in/github", [("X-Long", "x" * 4096)], BODY)
        ).status == 431
    running.reload(setting("ingress", "limits", "idle_timeout", value="300ms"))
    with Wire(sidecar.ingress_address) as wire:
        assert wire.exchange(request("GET", "/in/github")).status == 405
        assert wire.is_closed(5)


def test_tokens_change(make_sidecar):
    def tokens(*names):
        return [{"name": name, "token": f"literal:a-token-of-{name}-0123456789",
                 "scopes": ["read"]} for name in names]

    sidecar = make_sidecar(api={"tokens": tokens("one")})
    one, two = (sidecar.api.with_token(f"a-token-of-{name}-0123456789") for name in ("one", "two"))
    two.get("/v1/events", expect=401)
    running = Reloading(sidecar, one)
    assert running.reload(setting("api", "tokens", value=tokens("one", "two")))["changed"] == [
        "api.tokens"
    ]
    two.get("/v1/events")
    running.api = two
    running.reload(setting("api", "tokens", value=tokens("two")))
    one.get("/v1/events", expect=401)
    two.get("/v1/events")


def test_failure_56_the_token_behind_the_same_file_is_replaced(make_sidecar, tmp_path):
    file = tmp_path / "token"
    file.write_text("the-first-token-0123456789")
    file.chmod(0o600)
    token = {"name": "one", "token": f"file:{file}", "scopes": ["read"]}
    sidecar = make_sidecar(api={"tokens": [token]})
    running = Reloading(sidecar, sidecar.api.with_token("the-first-token-0123456789"))
    running.standing
    file.write_text("the-second-token-0123456789")
    running.hang_up()
    wait_until(lambda: running.lines("reload_applied"))
    running.api.get("/v1/events", expect=401)
    sidecar.api.with_token("the-second-token-0123456789").get("/v1/events")


def test_a_proxy_that_is_trusted_no_more_names_nobody(make_sidecar):
    """Over a connection that it keeps open as well."""
    sidecar = make_sidecar(
        sources={"github": github(OLD, deny=["192.0.2.1"])},
        ingress={"trusted_proxies": ["127.0.0.1"]},
    )
    running = Reloading(sidecar)

    def post(client):
        body = new_id().encode()
        fields = [*sign("github", body, secret=OLD), ("X-Forwarded-For", client)]
        return request("POST", "/in/github", fields, body)

    with Wire(sidecar.ingress_address) as wire:
        assert wire.exchange(post("192.0.2.1")).status == 403
    with Wire(sidecar.ingress_address) as wire:
        assert wire.exchange(post("192.0.2.2")).status == 200
        running.reload(setting("ingress", "trusted_proxies", value=[]))
        assert wire.exchange(post("192.0.2.1")).status == 200
        assert sidecar.api.events()[-1]["remote_address"] == "127.0.0.1"
        running.reload(setting("ingress", "trusted_proxies", value=["127.0.0.1"]))
        assert wire.exchange(post("192.0.2.3")).status == 200
        assert sidecar.api.events()[-1]["remote_address"] == "192.0.2.3"


def test_the_log_level_changes(running):
    sidecar = running.sidecar
    running.reload(setting("log", value={"level": "error"}))
    sidecar.deliver("github", BODY, secret="wrong", expect=401)
    assert not running.lines("verification_refused")
    running.reload(setting("log", value={"level": "info"}))
    sidecar.deliver("github", BODY, secret="wrong", expect=401)
    assert len(running.lines("verification_refused")) == 1


# What is in hand


def in_hand(running, change, head, rest):
    """The answer to a request of which a part came before the reload, and the rest after it."""
    with Wire(running.sidecar.ingress_address) as wire:
        wire.send(head)
        time.sleep(0.1)  # the part has to be read before the reload
        running.reload(change)
        return wire.exchange(rest).status


@pytest.mark.parametrize("secret, expected", [(OLD, 401), (NEW, 200)])
def test_a_request_in_hand_is_verified_by_what_is_in_force_at_its_end(running, secret, expected):
    data = request("POST", "/in/github", sign("github", BODY, secret=secret), BODY)
    change = setting("sources", "github", "verify", "secrets", value=[f"literal:{NEW}"])
    assert in_hand(running, change, data[:-3], data[-3:]) == expected
    assert len(running.sidecar.api.events()) == (expected == 200)


@pytest.mark.parametrize("change, expected", [
    (lambda c: c["sources"].pop("github"), 404),
    (setting("sources", "github", "path", value="/elsewhere"), 404),
    (setting("sources", "github", "deny", value=["127.0.0.1"]), 403),
    (setting("ingress", "limits", "body_bytes", value=4), 413),
    (setting("sources", "github", "allow", value=["127.0.0.1"]), 200),
])
def test_a_request_in_hand_meets_the_new_settings(running, change, expected):
    data = request("POST", "/in/github", sign("github", BODY, secret=OLD), BODY)
    assert in_hand(running, change, data[:-3], data[-3:]) == expected


def test_a_chunked_body_in_hand_meets_the_new_limit(running):
    data = chunked("POST", "/in/github", sign("github", BODY, secret=OLD), [BODY])
    change = setting("ingress", "limits", "body_bytes", value=4)
    assert in_hand(running, change, data[:-5], data[-5:]) == 413


def test_a_head_in_hand_is_read_on(running):
    data = request("POST", "/in/github", sign("github", BODY, secret=OLD), BODY)
    change = setting("sources", "github", "deny", value=["192.0.2.0/24"])
    assert in_hand(running, change, data[:40], data[40:]) == 200


def test_a_reader_that_waits_goes_on_waiting(running):
    sidecar = running.sidecar
    sidecar.deliver("github", b"1", secret=OLD)
    end = sidecar.api.get("/v1/events").json["next"]
    with Wire(sidecar.api_address) as wire:
        wire.send(request("GET", f"/v1/events?after={end}&wait=20s"))
        time.sleep(0.1)
        running.reload(setting("sources", "github", "deny", value=["192.0.2.0/24"]))
        sidecar.deliver("github", b"2", secret=OLD)
        assert len(wire.reply().json["data"]) == 1
