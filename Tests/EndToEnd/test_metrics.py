"""What /metrics says of secrets, and that the page for operators lists all there is."""

import json
import re

import pytest

from conftest import ROOT
from harness.certificates import Certificate, SecureWire
from harness.reloading import Reloading, setting
from harness.secure import unverified
from harness.signing import new_id, sign
from harness.sidecar import source
from harness.wire import request, wait_until

PAGE = (ROOT / "docs" / "Operations.md").read_text()
OLD = "the secret before it"


def section(title):
    """The rows of the tables under one heading."""
    text = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return [line for line in text.splitlines() if line.startswith("| ")]


def matches(sidecar):
    text = sidecar.api.get("/metrics").body.decode()
    found = re.findall(
        r'^webhook_receiver_secret_matches_total\{source="(\w+)",secret="(\d+)"\} (\d+)$',
        text, re.MULTILINE,
    )
    return {(name, int(secret)): int(count) for name, secret, count in found}


@pytest.fixture
def rotating(make_sidecar):
    both = source("github", verify={"secrets": ["env:GITHUB_SECRET", f"literal:{OLD}"]})
    return make_sidecar(sources={"github": both, "shopify": source("shopify")})


def test_each_secret_is_counted_from_the_start(rotating):
    assert matches(rotating) == {("github", 0): 0, ("github", 1): 0, ("shopify", 0): 0}


def test_what_verifies_counts_for_the_secret_that_did(rotating):
    for number in range(3):
        rotating.deliver("github", b"%d" % number, secret=OLD)
    delivery = new_id()
    for _ in range(2):  # the second is a duplicate: its signature was good all the same
        rotating.deliver("github", b"{}", event_id=delivery)
    rotating.deliver("github", b"{}", secret="the wrong one", expect=401)
    assert matches(rotating) == {("github", 0): 2, ("github", 1): 3, ("shopify", 0): 0}


def test_a_rotation_as_the_page_tells_it(make_sidecar, cli, tmp_path):
    """Two secrets, a reload, the counter, one secret; then a straggler is explained."""
    sidecar = make_sidecar(sources={"github": source("github")})
    sidecar.deliver("github", b"1")
    running = Reloading(sidecar)
    secrets = ("sources", "github", "verify", "secrets")
    both = ["literal:the new secret", "env:GITHUB_SECRET"]
    last = running.reload(setting(*secrets, value=both))
    assert last["changed"] == ["sources.github.verify.secrets"]
    sidecar.deliver("github", b"2")
    sidecar.deliver("github", b"3", secret="the new secret")
    assert matches(sidecar) == {("github", 0): 1, ("github", 1): 1}
    running.reload(setting(*secrets, value=["literal:the new secret"]))
    sidecar.deliver("github", b"4", secret="the new secret")
    assert sidecar.deliver("github", b"5", expect=401).json["reason"] == "signature_mismatch"
    assert len(sidecar.api.events()) == 4

    body = tmp_path / "body"
    body.write_bytes(b"5")
    signed = cli("sign", "--profile", "github", "--secret", "env:GITHUB_SECRET", "--body", body,
                 "--whole")
    explained = cli("verify", "--profile", "github", "--secret", "literal:the new secret",
                    "--retired-secret", "env:GITHUB_SECRET", "--request", "-", "--explain",
                    "--json", input=signed.stdout)
    assert explained.returncode == 1
    causes = [cause["cause"] for cause in json.loads(explained.stdout)["explanation"]]
    assert causes == ["older_secret"]


@pytest.fixture
def everything(make_sidecar, tmp_path):
    """One of each kind: what is not configured has no series."""
    polled = source("stripe", destinations=["app"], poll={
        "preset": "stripe", "auth": {"bearer": "literal:sk_test"},
        "request": {"url": "http://127.0.0.1:9/v1/events"},
    })
    sidecar = make_sidecar(
        sources={"github": source("github"), "polled": polled},
        destinations={"app": {"urls": ["http://127.0.0.1:9/"]}},
        ingress={"tls": Certificate(tmp_path, "own").pair},
    )
    with SecureWire(sidecar.ingress_address, unverified()) as wire:
        body = b"1"
        delivery = request("POST", "/in/github", sign("github", body), body)
        assert wire.exchange(delivery).status == 200
    return sidecar.api.get("/metrics").body.decode()


def listed():
    """The labels of every metric on the page."""
    found = {}
    for row in section("Watching it"):
        names = re.findall(r"`(\w+)`", row.split("|")[1])
        whole = [name for name in names if name.startswith("webhook_receiver_")]
        # `webhook_receiver_journal_bytes`, `_segments`: the same beginning.
        for name in names:
            name = name if name in whole else whole[0].rsplit("_", 1)[0] + name
            found[name] = re.findall(r"`(\w+)`", row.split("|")[2])
    return found


def test_every_metric_is_on_the_page(everything):
    printed = set(re.findall(r"^# TYPE (\S+)", everything, re.MULTILINE))
    assert set(listed()) == printed


def test_every_label_of_a_metric_is_on_the_page(everything):
    labels_of = listed()
    for name, labels in re.findall(r"^(\w+)\{(.*)\} ", everything, re.MULTILINE):
        if not re.search("_(bucket|sum|count)$", name):  # `le` belongs to every histogram
            assert re.findall(r"(\w+)=", labels) == labels_of[name], name


def test_every_setting_is_on_the_page(cli):
    schema = json.loads(cli("config", "schema").stdout)
    words = set(re.findall(r"[a-z0-9_]+", " ".join(
        code for row in section("Configuration") for code in re.findall(r"`([^`]*)`", row))))
    missing = [path for path in settings(schema, "") if path.rsplit(".", 1)[-1] not in words]
    assert missing == []


def settings(schema, path):
    """The paths of all keys that are supported."""
    for name, key in schema.get("properties", {}).items():
        if "Not supported yet." in key.get("description", ""):
            continue
        here = f"{path}.{name}" if path else name
        inner = key.get("items", key)
        if isinstance(inner.get("additionalProperties"), dict):
            inner = inner["additionalProperties"]
        yield here
        yield from settings(inner, here)


def stage_counts(sidecar):
    text = sidecar.api.get("/metrics").body.decode()
    found = re.findall(r'^webhook_receiver_ingress_stage_seconds_count\{stage="(\w+)"\} (\d+)$',
                       text, re.MULTILINE)
    return {stage: int(count) for stage, count in found}


def test_each_stage_of_a_delivery_is_timed(make_sidecar):
    sidecar = make_sidecar(sources={"github": source("github")})
    assert stage_counts(sidecar) == {"read": 0, "verify": 0, "commit": 0, "reply": 0}
    for number in range(3):
        sidecar.deliver("github", b'{"n": %d}' % number)
    sidecar.post("/in/github", b"{}", sign("github", b"{}", secret="wrong"), expect=401)
    # The time of a reply is known only when it is out.
    expected = {"read": 4, "verify": 4, "commit": 3, "reply": 3}
    wait_until(lambda: stage_counts(sidecar) == expected)
