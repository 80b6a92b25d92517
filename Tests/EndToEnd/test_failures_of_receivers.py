"""What other receivers got wrong, asked of the real front door; failures 18 to 34 and 62.

Those that are not here have their test where the rest of their subject is, under the same words.
"""

import re
import time

import pytest

from harness.reloading import OLD, Reloading, github, setting
from harness.sidecar import SECRET_VARIABLES, source
from harness.signing import SECRETS, new_id, sign
from harness.wire import Wire, chunked, request, wait_until
from test_journal_states import SMALL, post_until_refused

BODY = b'{"id": "evt_1", "type": "ping"}'


def status(sidecar, path, headers, body=BODY):
    return sidecar.post(path, body, headers).status


@pytest.mark.parametrize("path, length, expected", [
    ("/nowhere", 1000, 404), ("/in/denied", 1000, 403), ("/in/github", 2 << 20, 413),
])
def test_failure_18_the_head_alone_decides(make_sidecar, path, length, expected):
    """Not a byte of the body is sent, and the answer is there; who asks gets no 100."""
    sidecar = make_sidecar(sources={
        "github": source("github"), "denied": source("github", "/in/denied", deny=["127.0.0.0/8"])})
    for more in ([], [("Expect", "100-continue")]):
        with Wire(sidecar.ingress_address) as wire:
            fields = [*sign("github", b""), ("Content-Length", str(length)), *more]
            reply = wire.exchange(request("POST", path, fields))
            assert (reply.status, reply.closed, reply.extra["interim"]) == (expected, True, [])


def test_failure_19_a_stranger_makes_no_series(shared):
    def series():
        text = shared.api.get("/metrics").body.decode()
        return {line.rsplit(" ", 1)[0] for line in text.splitlines() if line[:1] != "#"}, text

    before, _ = series()
    for number in range(50):
        word = f"stranger{number}"
        status(shared, f"/in/{word}", sign("github", BODY, event_type=word))
        status(shared, f"/in/github/{word}?{word}", [("X-GitHub-Event", word), ("Host-X", word)])
        status(shared, "/in/github", sign("github", BODY, event_type=word))
        shared.post(f"/{word}", b"", [], method=word.upper())
    after, text = series()
    assert "stranger" not in text.lower()
    # Statuses and reasons that had not come yet, out of lists that are fixed.
    assert len(after - before) < 20, after - before


@pytest.mark.parametrize("byte", ["\0", "\x01", "\n", "\r", "\x1b", "\x7f"])
def test_failure_20_what_no_output_could_carry_is_refused_before_it_is_stored(shared, byte):
    before = len(shared.api.events(body="none"))
    with Wire(shared.ingress_address) as wire:
        bad = [*sign("github", BODY), ("X-Trace", f"a{byte}b")]
        assert wire.exchange(request("POST", "/in/github", bad, BODY)).status == 400
    assert len(shared.api.events(body="none")) == before


@pytest.mark.parametrize("secrets", [[], [""], ["literal:"], ["env:EMPTY"], ["env:MISSING"],
                                     ["literal:good", "literal:"]])
def test_failure_21_without_a_secret_nothing_starts(make_sidecar, secrets):
    sidecar = make_sidecar(start=False, sources={"github": source(
        "github", verify={"secrets": secrets})})
    sidecar.environment["EMPTY"] = ""
    sidecar.start(wait=False)
    assert sidecar.process.wait(20) == 1
    assert "secrets" in sidecar.log


def test_failure_22_every_signature_under_every_secret(make_sidecar):
    old = "whsec_" + "b2xkLXNlY3JldC1vZi10aGlydHktdHdvLWJ5dGVzISE="
    sidecar = make_sidecar(sources={"s": source("standard-webhooks", "/in/s", verify={
        "secrets": [f"literal:{old}", f"env:{SECRET_VARIABLES['standard-webhooks']}"]})})
    foreign = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    for secret in (old, SECRETS["standard-webhooks"]):
        for form in ("{0}", "{1} {0}", "{1} {1} {0} {1}", "v1a,{1} v2,x {0}"):
            fields = dict(sign("standard-webhooks", BODY, secret=secret))
            good = fields["webhook-signature"]
            fields["webhook-signature"] = form.format(good, foreign)
            assert status(sidecar, "/in/s", fields.items()) == 200, (secret, form)
    fields["webhook-signature"] = f"{foreign} {foreign}"
    assert status(sidecar, "/in/s", fields.items()) == 401


def test_failure_23_a_refused_delivery_uses_up_nothing(make_sidecar):
    """Forged, in a wrong place, or while nothing is taken: the key is free for the real one."""
    sidecar = make_sidecar(sources={
        "github": source("github"), "s": source("standard-webhooks", "/in/s")})
    for profile, path in (("github", "/in/github"), ("standard-webhooks", "/in/s")):
        delivery, body = new_id(), new_id().encode()
        headers = sign(profile, body, event_id=delivery)
        assert status(sidecar, path, sign(profile, body, event_id=delivery,
                                          secret="whsec_YQ=="), body) == 401
        assert status(sidecar, path, headers, body + b" ") == 401
        name = path.rsplit("/", 1)[1]
        sidecar.api.post(f"/v1/sources/{name}/pause", {})
        assert status(sidecar, path, headers, body) == 503
        sidecar.api.post(f"/v1/sources/{name}/resume", {})
        reply = sidecar.post(path, body, headers, expect=200)
        assert reply.header("Webhook-Receiver-Duplicate") is None


def test_failure_24_a_reload_forgets_no_key(make_sidecar):
    sidecar = make_sidecar(sources={"github": github(OLD)})
    running = Reloading(sidecar)
    delivery = new_id()

    def duplicate(secret=OLD):
        reply = sidecar.deliver("github", BODY, event_id=delivery, secret=secret)
        return reply.header("Webhook-Receiver-Duplicate") == "true"

    assert not duplicate()
    for change in (setting("sources", "github", "verify", "secrets",
                           value=["literal:another", f"literal:{OLD}"]),
                   setting("sources", "github", "path", value="/in/moved"),
                   setting("sources", "github", "path", value="/in/github")):
        running.reload(change)
        if running.sources["github"]["path"] == "/in/github":
            assert duplicate() and duplicate("another")
    # Gone and back again: it is the source of that name.
    settings = running.sources["github"]
    running.reload(lambda c: c["sources"].update(other=c["sources"].pop("github") | {
        "path": "/in/other"}))
    running.reload(setting("sources", "github", value=settings))
    assert duplicate()
    assert len(sidecar.api.events(body="none")) == 1


def test_failure_25_what_passes_is_503_and_never_404(make_sidecar):
    sidecar = make_sidecar(sources={"github": source("github")})
    sidecar.api.post("/v1/sources/github/pause", {})
    reply = sidecar.deliver("github", BODY, expect=503)
    assert int(reply.header("Retry-After")) > 0


def test_failure_30_a_source_is_bound_to_its_path_and_its_secret(make_sidecar):
    """What one tenant may sign says nothing about another, whatever the request claims."""
    sidecar = make_sidecar(sources={
        "one": source("github", "/in/one", verify={"secrets": ["literal:secret of one"]}),
        "two": source("github", "/in/two", verify={"secrets": ["literal:secret of two"]})})
    mine = sign("github", BODY, secret="secret of one")
    claims = [("Webhook-Receiver-Source", "two"), ("X-Original-URL", "/in/two"),
              ("X-Rewrite-URL", "/in/two"), ("X-Forwarded-Prefix", "/in/two")]
    for target in ("/in/two", "/in/two?source=one", "/in/two?tenant=one", "http://x/in/two"):
        with Wire(sidecar.ingress_address) as wire:
            reply = wire.exchange(request("POST", target, [*mine, *claims], BODY, host="x"))
            assert reply.status == 401, target
    assert status(sidecar, "/in/one/../two", mine) == 404
    assert status(sidecar, "/in/one?source=two", [*mine, *claims]) == 200
    assert [event["source"] for event in sidecar.api.events()] == ["one"]


def test_failure_31_what_was_cut_is_refused_and_not_stored_short(make_sidecar):
    sidecar = make_sidecar(ingress={"limits": {"body_bytes": "8KiB"}})
    whole = b"x" * (8 << 10)
    for body in (whole + b"x", whole + whole):
        # Signed as if it ended at the limit, too: nothing is judged by a part.
        for signed in (body, whole):
            data = chunked("POST", "/in/github", sign("github", signed), [body[:5000], body[5000:]])
            assert sidecar.raw(data).status == 413
    data = chunked("POST", "/in/github", sign("github", whole), [whole])
    with Wire(sidecar.ingress_address) as wire:
        wire.send(data[:-5])  # the last chunk is missing
    assert sidecar.api.events() == []
    assert sidecar.raw(data).status == 200


def test_failure_32_no_id_is_no_shared_id(make_sidecar):
    sidecar = make_sidecar(sources={"github": source("github")})
    for number in range(5):
        body = b'{"n": %d}' % number
        reply = sidecar.deliver("github", body, event_id="")
        assert reply.header("Webhook-Receiver-Duplicate") is None
    keys = {event["idempotency_key"] for event in sidecar.api.events()}
    assert len(keys) == 5


def test_failure_33_a_duplicate_is_one_only_once_it_is_verified(sidecar):
    delivery = new_id()
    first = sidecar.deliver("github", BODY, event_id=delivery)
    event = first.header("Webhook-Receiver-Event")
    for how in ({"secret": "wrong"}, {"secret": ""}):
        reply = sidecar.deliver("github", BODY, event_id=delivery, expect=401, **how)
        # Nothing tells a stranger that the id is known.
        assert event not in str(reply.headers) + reply.body.decode()
        assert "duplicate" not in (str(reply.headers) + reply.body.decode()).lower()
    assert sidecar.deliver("github", BODY, event_id=delivery).header(
        "Webhook-Receiver-Duplicate") == "true"


@pytest.mark.parametrize("profile", ["stripe", "slack", "standard-webhooks", "svix", "toss"])
def test_failure_34_a_time_ahead_of_the_clock_does_not_pass(shared, profile):
    """As far ahead as an attacker may like who wants to use it again later."""
    for ahead in (3600, 10 * 365 * 86400, 1e18):
        now = time.time() + ahead
        try:
            headers = sign(profile, BODY, now=now)
        except (OSError, OverflowError, ValueError):
            continue  # There is no such date.
        assert status(shared, f"/in/{profile}", headers) == 401, ahead
    # And behind it, beyond what the provider's retries need.
    assert status(shared, f"/in/{profile}", sign(profile, BODY, now=1)) == 401
    assert re.search("timestamp", shared.post(
        f"/in/{profile}", BODY, sign(profile, BODY, now=1)).json["reason"])


def test_failure_62_readiness_is_what_the_journal_takes(make_sidecar, small_disk):
    disk = small_disk("64m")
    sidecar = make_sidecar(**SMALL)
    assert sidecar.api.call("GET", "/readyz").status == 200
    disk.fill()
    post_until_refused(sidecar)
    reply = sidecar.api.call("GET", "/readyz")
    assert (reply.status, reply.json["reasons"]) == (503, ["full"])
    assert sidecar.api.call("GET", "/livez").status == 200
    disk.clear()
    wait_until(lambda: sidecar.api.call("GET", "/readyz").status == 200)
    sidecar.deliver("github", BODY)
