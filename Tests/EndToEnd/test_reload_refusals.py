"""SIGHUP: what is refused, what waits for a restart, and what is said of it."""

import hashlib
import json
import os
import time

import pytest

from conftest import ROOT
from harness.reloading import OLD, NEW, Reloading, github, setting
from harness.sidecar import free_port, source
from harness.signing import new_id, sign
from harness.wire import Wire, request, wait_until

BODY = b'{"a": 1}'


@pytest.fixture
def running(make_sidecar):
    return Reloading(make_sidecar(sources={"github": github(OLD), "shopify": source("shopify")}))


# What is refused


def refused(running, before):
    """Nothing has changed, and status and log say why."""
    sidecar = running.sidecar
    last = running.hang_up_and_wait("refused")
    now = running.standing
    assert (now["fingerprint"], now["loaded_at"]) == (before["fingerprint"], before["loaded_at"])
    assert last["changed"] == [] and last["needs_restart"] == []
    lines = [line["detail"] for line in running.lines("reload_refused")]
    assert last["problems"] == lines[-len(last["problems"]):]
    sidecar.deliver("github", new_id().encode(), secret=OLD)
    return last["problems"]


def test_failure_58_a_broken_file_leaves_all_in_force(running):
    before = running.standing
    path = running.sidecar.config_path
    path.write_text(path.read_text().replace('"github"', '"gihub"', 1)[:-3])
    assert all(str(path) in problem for problem in refused(running, before))

    def change(configuration):
        configuration["sources"]["github"]["verify"]["secrets"] = ["literal:"]
        configuration["sources"]["shopify"]["pth"] = "/x"
        configuration["ingress"]["limits"]["body_bytes"] = "4GiB"

    running.write(change)
    problems = refused(running, before)
    # All of them at once, never only the first.
    for key in ("ingress.limits.body_bytes", "github.verify.secrets[0]", "shopify.pth"):
        assert any(key in problem for problem in problems), problems
    path.unlink()
    assert "there is no configuration" in refused(running, before)[0]
    path.write_text("x" * (1 << 21))
    refused(running, before)


def test_a_secret_that_cannot_be_read_refuses_the_reload(make_sidecar, tmp_path):
    file = tmp_path / "secret"
    file.write_text(OLD)
    file.chmod(0o600)
    sidecar = make_sidecar(
        sources={"github": source("github", verify={"secrets": [f"file:{file}"]})}
    )
    running = Reloading(sidecar)
    before = running.standing
    file.write_text("\n")
    assert "is empty" in refused(running, before)[0]
    file.unlink()
    assert "there is no such file" in refused(running, before)[0]
    os.mkfifo(file)  # Nobody writes to it, and nobody waits for somebody to.
    refused(running, before)
    file.unlink()
    file.write_text(OLD)
    file.chmod(0o600)
    running.hang_up_and_wait()


def test_a_variable_that_is_not_set_is_named(running):
    before = running.standing
    running.write(setting("sources", "github", "verify", "secrets", value=["env:NOT_SET_HERE"]))
    assert "NOT_SET_HERE" in refused(running, before)[0]


def test_no_secret_is_in_what_is_said_of_a_reload(running):
    change = setting("sources", "github", "verify", "secrets", value=[f"literal:{NEW}"])
    running.reload(change)
    running.write(setting("sources", "github", "verify", "secrets", value=[f"literl:{OLD}"]))
    running.hang_up_and_wait("refused")
    said = running.sidecar.log + json.dumps(running.standing)
    assert OLD not in said and NEW not in said


def test_after_a_refusal_a_mended_file_is_applied(running):
    good = running.sidecar.config_path.read_text()
    running.sidecar.config_path.write_text("{")
    running.hang_up_and_wait("refused")
    running.sidecar.config_path.write_text(good)
    assert running.hang_up_and_wait()["problems"] == []
    text = running.sidecar.api.get("/metrics").body.decode()
    for result, count in (("applied", 1), ("partial", 0), ("refused", 1)):
        assert f'webhook_receiver_reloads_total{{result="{result}"}} {count}' in text


# What waits for a restart


def app(**more):
    return {"urls": ["http://127.0.0.1:9/hooks"], "secrets": ["literal:" + "whsec_" + "A" * 32],
            **more}


def poll(**more):
    return {"preset": "stripe", "auth": {"bearer": "literal:sk_1"}, **more}


def moved(configuration):
    configuration["ingress"]["listen"].append(f"127.0.0.1:{free_port()}")


WAITING = [
    (moved, ["ingress.listen"]),
    (lambda c: c["api"].update(listen=[f"127.0.0.1:{free_port()}"]), ["api.listen"]),
    (lambda c: c.update(data=c["data"] + "2"), ["data"]),
    (setting("journal", "reserve_bytes", value="1MiB"), ["journal.reserve_bytes"]),
    (setting("journal", "retention", value={"age": "1d"}), ["journal.retention.age"]),
    (setting("destinations", "app", "timeout", value="1s"), ["destinations.app.timeout"]),
    (setting("destinations", "app", "secrets", value=["literal:whsec_" + "B" * 32]),
     ["destinations.app.secrets"]),
    (setting("destinations", "other", value=app()), ["destinations.other"]),
    (setting("sources", "relayed", "destinations", value=[]), ["sources.relayed.destinations"]),
    (setting("sources", "github", "destinations", value=["app"]),
     ["sources.github.destinations"]),
    (setting("sources", "polled", "poll", "sweep", value="2h"), ["sources.polled.poll.sweep"]),
    (setting("sources", "polled", "poll", "auth", value={"bearer": "literal:sk_2"}),
     ["sources.polled.poll.auth"]),
    (setting("sources", "polled", "path", value="/polled"), ["sources.polled.path"]),
    (lambda c: c["sources"].pop("polled"), ["sources.polled"]),
    (setting("sources", "new", value=github(OLD, path="/new", destinations=["app"])),
     ["sources.new"]),
    (setting("alarms", value={"url": "http://127.0.0.1:9/alarm"}), ["alarms"]),
    (lambda c: c["ingress"].update(proxy_protocol=True, trusted_proxies=["127.0.0.1"]),
     ["ingress.proxy_protocol", "ingress.trusted_proxies"]),
]


@pytest.fixture
def whole(make_sidecar):
    """One with a destination and a source that is polled."""
    return Reloading(make_sidecar(
        sources={"github": github(OLD), "relayed": github(OLD, path="/r", destinations=["app"]),
                 "polled": source("stripe", poll=poll())},
        destinations={"app": app()},
    ))


@pytest.mark.parametrize("number", range(len(WAITING)))
def test_what_waits_for_a_restart_is_named_and_the_rest_is_applied(whole, number):
    change, keys = WAITING[number]
    before = whole.standing["fingerprint"]

    def both(configuration):
        change(configuration)
        configuration["sources"]["github"]["verify"]["secrets"] = [f"literal:{NEW}"]
        configuration["ingress"]["limits"]["body_bytes"] = 70_000

    last = whole.reload(both, expect="partial")
    assert last["needs_restart"] == keys
    assert last["changed"] == ["ingress.limits.body_bytes", "sources.github.verify.secrets"]
    (line,) = whole.lines("reload_partial")
    assert line["needs_restart"] == " ".join(keys)
    assert line["configuration"] == whole.standing["fingerprint"]
    sidecar = whole.sidecar
    sidecar.deliver("github", BODY, secret=OLD, expect=401)
    sidecar.deliver("github", BODY, secret=NEW)
    sidecar.deliver("github", b"x" * 70_001, secret=NEW, expect=413)
    assert whole.standing["fingerprint"] != before
    # That of the file is another one, but where all that waits is what a secret is.
    is_secret = keys[0].endswith((".secrets", ".auth"))
    assert (whole.standing["fingerprint"] == fingerprint(whole)) == is_secret


def fingerprint(running):
    """Of a start with the file, as `config show` is the text that it stands for."""
    shown = running.sidecar.cli("config", "show", "--config", running.sidecar.config_path)
    compact = json.dumps(json.loads(shown.stdout), separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(compact.encode()).hexdigest()[:16]


def test_failure_58_the_fingerprint_is_that_of_a_start_with_the_file(running):
    def change(configuration):
        configuration["sources"]["stripe"] = source("stripe", aliases=["/old"])
        configuration["sources"]["github"]["deny"] = ["192.0.2.0/24"]
        configuration["ingress"]["limits"]["connections"] = 99
        configuration["log"] = {"level": "debug"}

    before = running.standing["fingerprint"]
    running.reload(change)
    said = running.standing["fingerprint"]
    assert said != before
    running.sidecar.restart()
    assert running.standing["fingerprint"] == said
    assert running.standing["last_reload"] is None
    assert running.lines("started")[-1]["configuration"] == said


def test_a_restart_puts_in_force_what_waited(running):
    address = ("127.0.0.1", free_port())

    def change(configuration):
        configuration["ingress"]["listen"].append("%s:%d" % address)

    assert running.reload(change, "partial")["needs_restart"] == ["ingress.listen"]
    partial = running.standing["fingerprint"]
    # Asked again, it says the same: nothing is forgotten because it was said once.
    assert running.hang_up_and_wait("partial")["needs_restart"] == ["ingress.listen"]
    running.sidecar.restart()
    assert running.standing["fingerprint"] != partial
    running.sidecar.ingress_address = address
    running.sidecar.deliver("github", BODY, secret=OLD)


def test_a_change_that_is_taken_back_waits_no_more(running):
    before = running.standing["fingerprint"]
    listen = list(running.sidecar.configuration["ingress"]["listen"])
    running.reload(moved, "partial")
    running.reload(setting("ingress", "listen", value=listen))
    assert running.standing["fingerprint"] == before


# Signals at other times


def test_failure_57_a_signal_during_the_start_is_a_reload_after_it(make_sidecar):
    sidecar = make_sidecar(start=False)
    sidecar.start(wait=False)
    # The journal's lock is taken when signals are waited for already.
    wait_until(lambda: (sidecar.data / "journal").exists())
    running = Reloading(sidecar)
    running.hang_up()
    sidecar.wait_ready()
    wait_until(lambda: running.standing["last_reload"])
    assert running.standing["last_reload"]["result"] == "applied"
    sidecar.deliver("github", BODY)


def test_a_signal_while_draining_is_ignored(running):
    sidecar = running.sidecar
    with Wire(sidecar.ingress_address) as wire:
        data = request("POST", "/in/github", sign("github", BODY, secret=OLD), BODY)
        wire.send(data[:-3])
        time.sleep(0.1)
        running.write(lambda c: c["sources"].pop("github"))
        sidecar.terminate()
        wait_until(lambda: running.lines("draining"))
        running.hang_up()
        wait_until(lambda: running.lines("reload_ignored"))
        assert wire.exchange(data[-3:]).status == 200
    assert sidecar.wait(15) == 0
    assert not running.lines("reload_applied")


def test_signals_in_a_row_are_one_reload_or_two(running):
    sidecar = running.sidecar
    for _ in range(50):
        running.hang_up()
    # Another may be under way that has read the file before this: the signal behind it counts.
    running.write(setting("sources", "github", "verify", "secrets", value=[f"literal:{NEW}"]))
    running.hang_up()
    wait_until(lambda: any(line["changed"] for line in running.lines("reload_applied")))
    sidecar.deliver("github", BODY, secret=OLD, expect=401)
    sidecar.deliver("github", BODY, secret=NEW)
    assert len(running.lines("reload_applied")) <= 51
    assert sidecar.stop() == 0


def test_the_page_for_operators_says_what_needs_a_restart():
    page = (ROOT / "docs" / "Operations.md").read_text()
    text = page.split("\n## Reloading\n")[1].split("\n## ")[0]
    for key in ("ingress.listen", "proxy_protocol", "api.listen", "data", "journal",
                "destinations", "alarms", "poll"):
        assert f"`{key}`" in text, key
