"""Start, signals, locks, and what it takes after a hundred thousand events."""

import json
import os
import signal
import socket
import stat
import subprocess
import threading
import time

import pytest

from harness.sidecar import source
from harness.signing import sign
from harness.wire import Wire, refuses, request, wait_until

BODY = b'{"a": 1}'


def github(body=BODY):
    return request("POST", "/in/github", sign("github", body), body)


def test_sigterm_drains_and_ends_with_0(sidecar):
    with Wire(sidecar.ingress_address) as wire:
        data = github()
        wire.send(data[:-3])
        time.sleep(0.2)  # the part has to be read before the signal comes
        sidecar.terminate()
        wait_until(lambda: refuses(sidecar.ingress_address))
        reply = wire.exchange(data[-3:])
        assert reply.status == 200
        assert reply.closed
    assert sidecar.wait(15) == 0
    sidecar.start()
    assert len(sidecar.api.events()) == 1
    assert "draining" in sidecar.log


def test_sigterm_ends_an_idle_sidecar_at_once(sidecar):
    with Wire(sidecar.ingress_address) as wire:
        assert wire.exchange(github()).status == 200
        sidecar.terminate()  # an idle kept-alive connection holds nothing up
        assert sidecar.wait(10) == 0
        assert wire.is_closed()


def test_sigterm_answers_who_waits(sidecar):
    end = sidecar.api.get("/v1/events").json["next"]
    pages = []
    reader = threading.Thread(
        target=lambda: pages.append(sidecar.api.get("/v1/events", after=end, wait="60s").json)
    )
    reader.start()
    wait_until(lambda: sidecar.api.status["process"]["connections"] >= 2)
    sidecar.terminate()
    assert sidecar.wait(15) == 0
    reader.join()
    assert pages[0]["data"] == []


def test_a_second_signal_ends_the_drain(sidecar):
    with Wire(sidecar.ingress_address) as wire:
        wire.send(github()[:-3])
        time.sleep(0.2)
        sidecar.terminate()
        wait_until(lambda: refuses(sidecar.ingress_address))
        assert sidecar.process.poll() is None
        sidecar.terminate()
        sidecar.wait(5)
    sidecar.start()
    assert sidecar.api.events() == []


def test_sigint_drains_too(sidecar):
    sidecar.process.send_signal(signal.SIGINT)
    assert sidecar.wait(15) == 0


def test_sighup_and_a_broken_pipe_do_not_end_it(sidecar):
    for number in (signal.SIGHUP, signal.SIGPIPE):
        sidecar.process.send_signal(number)
    time.sleep(0.3)
    assert sidecar.process.poll() is None
    assert sidecar.deliver("github", BODY).status == 200


def test_a_second_sidecar_on_the_same_data_is_told_to_try_later(sidecar, make_sidecar):
    other = make_sidecar("other", start=False)
    other.data = sidecar.data
    other.make({"github": source("github")}, {})
    other.start(wait=False)
    assert other.wait(30) == 75
    assert str(sidecar.data) in other.log
    assert sidecar.deliver("github", BODY).status == 200


def test_a_port_in_use_is_named(sidecar, make_sidecar):
    other = make_sidecar("other", start=False)
    other.ingress_address = sidecar.ingress_address
    other.make({"github": source("github")}, {})
    other.start(wait=False)
    assert other.wait(30) != 0
    assert "%s:%d" % sidecar.ingress_address in other.log


@pytest.mark.parametrize("surface", ["ingress", "api"])
def test_a_start_without_its_port_leaves_no_crash_behind(make_sidecar, surface):
    sidecar = make_sidecar(start=False)
    address = sidecar.ingress_address if surface == "ingress" else sidecar.api_address
    with socket.socket() as other:
        other.bind(address)
        other.listen()
        sidecar.start(wait=False)
        assert sidecar.wait(30) == 75
    assert "%s:%d" % address in sidecar.log
    assert json.loads(sidecar.cli("journal", "stat", sidecar.data, "--json").stdout)["clean"]
    sidecar.start()
    sidecar.deliver("github", BODY)
    assert sidecar.stop() == 0
    # The same over a journal that holds something.
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(address)
        other.listen()
        sidecar.start(wait=False)
        assert sidecar.wait(30) == 75
    sidecar.start()
    assert len(sidecar.api.events()) == 1
    assert "recovered after a crash" not in sidecar.log
    assert sidecar.log.count("opened after a clean close, last sequence 1") == 2


def test_a_killed_sidecar_is_still_said_to_have_crashed(sidecar):
    sidecar.deliver("github", BODY)
    sidecar.kill()
    sidecar.start()
    assert "recovered after a crash, last sequence 1" in sidecar.log


def test_a_directory_that_cannot_be_made_is_named(make_sidecar, tmp_path):
    (tmp_path / "file").write_text("")
    sidecar = make_sidecar(start=False)
    sidecar.data = tmp_path / "file" / "data"
    sidecar.make({"github": source("github")}, {})
    sidecar.start(wait=False)
    assert sidecar.wait(30) in (1, 74)
    assert str(sidecar.data) in sidecar.log


def test_everything_durable_is_private(sidecar):
    sidecar.deliver("github", BODY)
    assert sidecar.stop() == 0
    for folder, _, files in os.walk(sidecar.data):
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700, folder
        for name in files:
            path = os.path.join(folder, name)
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o600, path


def test_the_log_is_json_lines_without_secrets_or_bodies(sidecar):
    sidecar.deliver("github", b'{"card": "4242424242424242"}')
    sidecar.deliver("github", b'{"card": "4242424242424242"}', secret="wrong", expect=401)
    assert sidecar.stop() == 0
    lines = [json.loads(line) for line in sidecar.log.splitlines()]
    assert {"started", "draining", "stopped"} <= {line["event"] for line in lines}
    for line in lines:
        assert line["time"].endswith("Z") and line["level"] in ("debug", "info", "warning", "error")
    for word in ("4242", "github secret", "whsec_"):
        assert word not in sidecar.log


def test_without_a_configuration_the_demo_is_served(binary, tmp_path):
    """What scripts/run does: the two commands that it prints work as they are."""
    for port in (8080, 8081):
        if not refuses(("127.0.0.1", port)):
            pytest.skip(f"port {port} is in use here")
    output = open(tmp_path / "out", "w+b")
    process = subprocess.Popen([str(binary), "run"], cwd=tmp_path, stdin=subprocess.DEVNULL,
                               stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: b"/v1/events" in (tmp_path / "out").read_bytes(), 60)
        text = (tmp_path / "out").read_text()
        send = next(line for line in text.splitlines() if " send http" in line).strip()
        pull = next(line for line in text.splitlines() if "curl " in line).strip()
        sent = subprocess.run(send, shell=True, cwd=tmp_path, capture_output=True, timeout=60)
        assert sent.returncode == 0, sent
        pulled = subprocess.run(pull, shell=True, cwd=tmp_path, capture_output=True, timeout=60)
        (event,) = json.loads(pulled.stdout)["data"]
        assert (event["source"], event["target"]) == ("demo", "/in/demo")
        secret = (tmp_path / "webhook-sidecar-data" / "demo-secret")
        assert secret.read_text().startswith("whsec_")
        assert secret.read_text().strip() not in text, "the secret itself is not printed"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_idle_connections_do_not_keep_others_out(make_sidecar):
    sidecar = make_sidecar(ingress={"limits": {"connections": 50}})
    idle = [Wire(sidecar.ingress_address) for _ in range(120)]
    try:
        for _ in range(20):
            assert sidecar.deliver("github", BODY).status == 200
    finally:
        for wire in idle:
            wire.socket.close()


@pytest.mark.slow
def test_a_hundred_thousand_events_of_1_kib_leave_it_small(make_sidecar, tmp_path):
    sidecar = make_sidecar(
        sources={"github": source("github", idempotency={"replay_guard": "off"})},
        journal={"segment_bytes": "64MiB"},
    )
    body = tmp_path / "body"
    body.write_bytes(b"x" * 1024)

    def send(count):
        sent = sidecar.cli(
            "send", sidecar.base + "/in/github", "--profile", "github", "--secret",
            "env:GITHUB_SECRET", "--body", body, "--count", count, "--concurrency", 64, "--json",
            timeout=900,
        )
        assert sent.returncode == 0, sent.stderr
        assert json.loads(sent.stdout)["statuses"] == {"200": count}

    send(1000)
    before = sidecar.api.status["process"]
    send(99_000)
    status = sidecar.api.status
    assert status["journal"]["durable_sequence"] == 100_000
    assert status["journal"]["inflight_bytes"] == 0
    assert status["process"]["resident_bytes"] < 100 << 20
    # One more segment may be open than before; connections and files of requests are not.
    wait_until(lambda: sidecar.api.status["process"]["connections"] <= 2)
    assert sidecar.api.status["process"]["descriptors"] <= before["descriptors"] + 4
    pulled = 0
    after = {}
    while True:
        page = sidecar.api.get("/v1/events", limit=1000, **after).json
        pulled += len(page["data"])
        after = {"after": page["next"]}
        if not page["has_more"]:
            break
    assert pulled == 100_000
    assert sidecar.api.status["process"]["resident_bytes"] < 160 << 20
    sidecar.restart()
    assert sidecar.api.status["process"]["resident_bytes"] < 100 << 20
