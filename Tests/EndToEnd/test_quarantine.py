"""Deliveries that do not verify, where their source keeps them apart: the way back."""

import concurrent.futures
import re
import subprocess
import time
from pathlib import Path

import pytest

from harness.quarantine import held, keeping, standing
from harness.reloading import NEW, OLD, Reloading, setting
from harness.service import Service
from harness.sidecar import source
from harness.signing import sign
from harness.wire import wait_until


@pytest.fixture
def service():
    service = Service()
    yield service
    service.stop()


@pytest.fixture
def running(make_sidecar):
    return Reloading(make_sidecar(sources={"github": keeping(OLD)}))


def test_failure_27_what_is_quarantined_is_answered_401_and_finds_its_way_back(running):
    sidecar = running.sidecar
    body = b'{"a": "\xc3\xa9"}\n'
    headers = sign("github", body, secret=NEW)
    refused = sidecar.post("/in/github?x=1", body, headers, expect=401)
    assert refused.json["reason"] == "signature_mismatch"
    (kept,) = held(sidecar, 1)
    assert kept["source"] == "github" and kept["reason"] == "signature_mismatch"
    assert kept["remote_address"] == "127.0.0.1" and kept["size"] == len(body)
    assert sidecar.api.events() == []
    whole = sidecar.api.get(f"/v1/quarantine/{kept['id']}").json
    assert whole["target"] == "/in/github?x=1" and whole["method"] == "POST"
    assert all([name, value] in whole["headers"] for name, value in headers)
    assert sidecar.api.get(f"/v1/quarantine/{kept['id']}/body").body == body
    # With the secrets of today it verifies no better than it did.
    verify = f"/v1/quarantine/{kept['id']}/verify"
    assert sidecar.api.post(verify, {}, expect=422).json["reason"] == "signature_mismatch"
    running.reload(setting("sources", "github", "verify", "secrets", value=[f"literal:{NEW}"]))
    stored = sidecar.api.post(verify, {}, expect=201).json
    (event,) = sidecar.api.events()
    assert event["id"] == stored["id"] and event["origin"] == "push" and event["flags"] == []
    assert sidecar.api.body(event) == body
    assert event["event_id"] == dict(headers)["X-GitHub-Delivery"]
    wait_until(lambda: held(sidecar) == [])
    assert standing(sidecar)["released"] == 1 and standing(sidecar)["bytes"] == 0


def test_the_sender_cannot_tell_that_it_was_kept(make_sidecar):
    sidecar = make_sidecar(sources={
        "kept": keeping(OLD, path="/in/kept"),
        "not": source("github", path="/in/not", verify={"secrets": [f"literal:{OLD}"]}),
    })
    answers = [sidecar.post(path, b"x", sign("github", b"x", secret=NEW), expect=401)
               for path in ("/in/kept", "/in/not")]
    fields = [[name for name, _ in answer.headers] for answer in answers]
    assert answers[0].body == answers[1].body and fields[0] == fields[1]


def test_times_are_judged_as_of_the_receipt(make_sidecar):
    secrets = ["whsec_old_old_old_old_old", "whsec_new_new_new_new_new"]
    running = Reloading(make_sidecar(
        sources={"stripe": keeping(secrets[0], "stripe", verify={"tolerance": "2s"})}
    ))
    sidecar = running.sidecar
    sidecar.deliver("stripe", b'{"id": "evt_1"}', secret=secrets[1], expect=401)
    sidecar.deliver("stripe", b'{"id": "evt_2"}', secret=secrets[1],
                    now=time.time() - 600, expect=401)
    kept = held(sidecar, 2)
    assert [one["reason"] for one in kept] == ["signature_mismatch", "timestamp_too_old"]
    time.sleep(4)
    running.reload(setting("sources", "stripe", "verify", "secrets",
                           value=[f"literal:{secrets[1]}"]))
    ids = [one["id"] for one in kept]
    sidecar.api.post(f"/v1/quarantine/{ids[0]}/verify", {}, expect=201)
    refused = sidecar.api.post(f"/v1/quarantine/{ids[1]}/verify", {}, expect=422)
    assert refused.json["reason"] == "timestamp_too_old"
    assert [event["event_id"] for event in sidecar.api.events()] == ["evt_1"]


def test_what_came_another_way_meanwhile_is_not_stored_twice(running):
    sidecar = running.sidecar
    headers = sign("github", b"{}", secret=NEW)
    sidecar.post("/in/github", b"{}", headers, expect=401)
    (kept,) = held(sidecar, 1)
    running.reload(setting("sources", "github", "verify", "secrets", value=[f"literal:{NEW}"]))
    first = sidecar.post("/in/github", b"{}", headers, expect=200)
    again = sidecar.api.post(f"/v1/quarantine/{kept['id']}/verify", {}, expect=200).json
    assert again["duplicate"] and again["id"] == first.header("Webhook-Receiver-Event")
    assert len(sidecar.api.events()) == 1
    wait_until(lambda: held(sidecar) == [])


def test_nothing_is_relayed_before_it_verifies(make_sidecar, service):
    running = Reloading(make_sidecar(
        sources={"github": keeping(OLD, destinations=["app"])},
        destinations={"app": {"urls": ["http://%s:%d/" % service.address]}},
    ))
    sidecar = running.sidecar
    sidecar.deliver("github", b"1", secret=NEW, expect=401)
    sidecar.deliver("github", b"2", secret=OLD)
    (kept,) = held(sidecar, 1)
    wait_until(lambda: len(service.deliveries) == 1)
    assert service.deliveries[0].body == b"2"
    running.reload(setting("sources", "github", "verify", "secrets", value=[f"literal:{NEW}"]))
    sidecar.api.post(f"/v1/quarantine/{kept['id']}/verify", {}, expect=201)
    wait_until(lambda: len(service.deliveries) == 2)
    assert service.deliveries[1].body == b"1"


def test_what_no_secret_could_verify_is_not_kept(running):
    sidecar = running.sidecar
    sidecar.post("/in/github", b"x", [("X-GitHub-Event", "push")], expect=401)
    sidecar.post("/in/github", b"x", [("X-Hub-Signature-256", "sha256=zz")], expect=401)
    sidecar.deliver("github", b"y", secret=NEW, expect=401)
    (kept,) = held(sidecar, 1)
    assert sidecar.api.get(f"/v1/quarantine/{kept['id']}/body").body == b"y"


def test_after_the_window_of_keys_nothing_is_admitted(make_sidecar):
    """Also in the first moments of a start: what came another way is forgotten by then."""
    running = Reloading(make_sidecar(sources={"github": keeping(
        OLD, idempotency={"window": "5s"})}))
    sidecar = running.sidecar
    headers = sign("github", b"{}", secret=NEW)
    sidecar.post("/in/github", b"{}", headers, expect=401)
    (kept,) = held(sidecar, 1)
    running.reload(setting("sources", "github", "verify", "secrets", value=[f"literal:{NEW}"]))
    sidecar.post("/in/github", b"{}", headers, expect=200)
    running.reload(setting("sources", "github", "idempotency", "window", value="1h"))
    time.sleep(7)
    verify = f"/v1/quarantine/{kept['id']}/verify"
    sidecar.api.post(verify, {}, expect=404)
    sidecar.restart()
    sidecar.api.post(verify, {}, expect=404)
    assert len(sidecar.api.events()) == 1
    wait_until(lambda: held(sidecar) == [])


def test_what_nothing_tells_apart_is_admitted_once(make_sidecar):
    running = Reloading(make_sidecar(sources={"github": keeping(
        OLD, idempotency={"identity": "none"})}))
    sidecar = running.sidecar
    for number in range(20):
        sidecar.deliver("github", b"%d" % number, secret=NEW, expect=401)
    kept = held(sidecar, 20)
    running.reload(setting("sources", "github", "verify", "secrets", value=[f"literal:{NEW}"]))
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(
            lambda one: sidecar.api.call("POST", f"/v1/quarantine/{one['id']}/verify", {}).status,
            [one for one in kept for _ in range(4)]))
    assert replies.count(201) == 20 and set(replies) <= {201, 404, 409}
    assert len(sidecar.api.events()) == 20


def test_the_page_of_operations_shows_a_loop_that_works(make_sidecar):
    """As a shell has it; jq is somebody else's program, and only takes the ids out."""
    page = (Path(__file__).parents[2] / "docs" / "Operations.md").read_text()
    section = page.split("## Quarantine")[1].split("\n## ")[0]
    script = re.search(r"```sh\n(.*?)```", section, re.S)[1]
    running = Reloading(make_sidecar(sources={"github": keeping(OLD)}))
    sidecar = running.sidecar
    for number in range(3):
        sidecar.deliver("github", b"%d" % number, secret=NEW, expect=401)
    held(sidecar, 3)
    running.reload(setting("sources", "github", "verify", "secrets", value=[f"literal:{NEW}"]))
    script = script.replace("127.0.0.1:8081", "127.0.0.1:%d" % sidecar.api_address[1])
    ids = """python3 -c 'import json, sys
for one in json.load(sys.stdin)["data"]: print(one["id"])'"""
    script = script.replace("jq -r '.data[].id'", ids)
    done = subprocess.run(["bash", "-eu", "-c", script], capture_output=True, timeout=60)
    assert done.returncode == 0 and done.stdout.count(b'"duplicate":false') == 3, done
    assert len(sidecar.api.events()) == 3
