"""The command line: what it prints, and the code that it ends with."""

import json
import os
import re
import socket

import pytest

from harness.signing import SECRETS, new_id, sign
from harness.sidecar import SECRET_VARIABLES, free_port

COMMANDS = ["run", "check", "config schema", "config show", "profiles", "sign", "verify", "send",
            "journal verify", "journal stat", "journal dump", "journal copy", "journal repair",
            "status", "events list", "events show", "events erase", "version"]


def test_version(cli):
    result = cli("version")
    assert result.returncode == 0
    assert re.search(rb"\d+\.\d+\.\d+", result.stdout)


def test_help_everywhere(cli):
    for command in ["", *COMMANDS]:
        result = cli(*command.split(), "--help")
        assert result.returncode == 0, command
        assert result.stdout and not result.stderr
        assert command.encode() in result.stdout


@pytest.mark.parametrize("arguments", [
    [], ["fly"], ["run", "--fly"], ["run", "extra"], ["sign"], ["verify"], ["send"],
    ["sign", "--profile"], ["journal"], ["journal", "fly", "."], ["events"], ["events", "show"],
    ["events", "erase"],
    ["config"], ["profiles", "github", "stripe"], ["sign", "--profile", "github"],
    ["sign", "--profile", "nobody", "--secret", "literal:a", "--body", "-"],
    ["sign", "--profile", "github", "--secret", "a", "--body", "-"],
    ["sign", "--profile", "github", "--secret", "literal:", "--body", "-"],
    ["sign", "--profile", "github", "--secret", "env:NOT_SET_ANYWHERE", "--body", "-"],
    ["sign", "--profile", "github", "--secret", "literal:a", "--body", "/nonexistent"],
    ["verify", "--profile", "github", "--secret", "literal:a", "--request", "/nonexistent"],
    ["verify", "--profile", "github", "--secret", "literal:a", "--request", "-", "--now", "noon"],
    ["send", "ftp://x/", "--profile", "github", "--secret", "literal:a"],
    ["send", "http://127.0.0.1:1/", "--profile", "github", "--secret", "literal:a", "--count", "x"],
    ["events", "list", "--limit", "0"],
])
def test_wrong_usage_is_2_and_on_standard_error(cli, arguments):
    result = cli(*arguments, input=b"")
    assert result.returncode == 2, result
    assert result.stderr and not result.stdout


# profiles


def test_profiles_are_printed_as_data(cli):
    listed = cli("profiles")
    assert listed.returncode == 0
    for name in SECRETS:
        assert name.encode() in listed.stdout
        one = cli("profiles", name, "--json")
        assert one.returncode == 0 and json.loads(one.stdout)["id"] == name
    assert json.loads(cli("profiles", "--json").stdout)
    missing = cli("profiles", "githb")
    assert missing.returncode in (1, 2) and b"github" in missing.stderr


# sign and verify


def stored(tmp_path, profile, body, headers, line="POST /x HTTP/1.1", end="\r\n"):
    path = tmp_path / f"{profile}.http"
    head = end.join([line, *(f"{name}: {value}" for name, value in headers)]) + end * 2
    path.write_bytes(head.encode() + body)
    return path


@pytest.mark.parametrize("profile", sorted(SECRETS))
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_verify_takes_what_an_independent_signer_made(cli, tmp_path, profile, end):
    body = b'{"id": "evt_1", "event_id": "evt_1", "type": "t", "eventType": "t"}\n\n'
    path = stored(tmp_path, profile, body, sign(profile, body, event_id="evt_1"), end=end)
    other = "literal:whsec_" + "A" * 44  # a key of another, whatever the encoding
    result = cli("verify", "--profile", profile, "--secret", other, "--secret",
                 f"env:{SECRET_VARIABLES[profile]}", "--request", path, "--json")
    assert result.returncode == 0, result
    answer = json.loads(result.stdout)
    assert answer["verified"] is True
    assert answer["profile"] == profile
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", answer["idempotency_key"])
    assert answer["secret_index"] == 1
    assert answer["event_id"] == "evt_1"


@pytest.mark.parametrize("profile", sorted(SECRETS))
def test_what_sign_prints_is_what_verify_takes(cli, tmp_path, profile):
    body = tmp_path / "body"
    body.write_bytes(b'{"id": "1", "event_id": "1"}')
    secret = f"env:{SECRET_VARIABLES[profile]}"
    signed = cli("sign", "--profile", profile, "--secret", secret, "--body", body, "--id", "abc",
                 "--timestamp", "2026-01-02T03:04:05Z")
    assert signed.returncode == 0, signed.stderr
    again = cli("sign", "--profile", profile, "--secret", secret, "--body", "-", "--id", "abc",
                "--timestamp", "1767323045", input=body.read_bytes())
    assert again.stdout == signed.stdout
    request = b"POST /x HTTP/1.1\r\n" + signed.stdout.replace(b"\n", b"\r\n") + b"\r\n"
    for text in (request, request.replace(b"\r\n", b"\n")):
        result = cli("verify", "--profile", profile, "--secret", secret, "--request", "-",
                     "--now", "2026-01-02T03:04:06Z", input=text + body.read_bytes())
        assert result.returncode == 0, result
    assert SECRETS[profile] not in signed.stdout.decode()
    for wrong in ("whsec_" + "A" * 44, SECRETS["github"] + "!"):
        refused = cli("verify", "--profile", profile, "--secret", f"literal:{wrong}", "--request",
                      "-", "--now", "1767323045", input=request + body.read_bytes())
        assert refused.returncode in (1, 2)


def test_a_request_without_an_id_verifies_with_null(cli, tmp_path):
    path = stored(tmp_path, "github", b"1", sign("github", b"1", event_id=""))
    result = cli("verify", "--profile", "github", "--secret", "env:GITHUB_SECRET", "--request",
                 path, "--json")
    assert json.loads(result.stdout)["event_id"] is None


@pytest.mark.parametrize("profile, change, failure", [
    ("github", [], "missing_header"),
    ("github", [("X-Hub-Signature-256", "sha256=xyz")], "malformed_header"),
    ("github", [("X-Hub-Signature-256", "sha256=" + "0" * 64)], "signature_mismatch"),
])
def test_a_refusal_names_its_failure(cli, tmp_path, profile, change, failure):
    path = stored(tmp_path, profile, b"1", change)
    result = cli("verify", "--profile", profile, "--secret", "env:GITHUB_SECRET", "--request",
                 path, "--json")
    assert result.returncode == 1
    answer = json.loads(result.stdout)
    assert (answer["verified"], answer["profile"], answer["failure"]) == (False, profile, failure)


@pytest.mark.parametrize("now, tolerance, code, failure", [
    ("1767323045", None, 0, None), ("1767323345", "5m", 0, None),
    ("1767323346", "5m", 1, "timestamp_too_old"), ("1767322744", "5m", 1, "timestamp_in_future"),
    ("1767322745", "300s", 0, None), ("1767326645", "1h", 0, None),
    ("2026-01-02T04:04:06Z", "1h", 1, "timestamp_too_old"),
])
def test_the_window_goes_both_ways(cli, tmp_path, now, tolerance, code, failure):
    path = stored(tmp_path, "slack", b"1", sign("slack", b"1", now=1767323045))
    more = ["--tolerance", tolerance] if tolerance else []
    result = cli("verify", "--profile", "slack", "--secret", "env:SLACK_SECRET", "--request",
                 path, "--now", now, "--json", *more)
    assert result.returncode == code, result.stdout
    assert json.loads(result.stdout).get("failure") == failure


def test_a_retired_secret_explains_and_never_verifies(cli, tmp_path):
    path = stored(tmp_path, "github", b"1", sign("github", b"1", secret="the old one"))
    words = ["verify", "--profile", "github", "--secret", "env:GITHUB_SECRET", "--request", path,
             "--retired-secret", "literal:the old one"]
    alone = cli(*words)
    assert alone.returncode == 2 and not alone.stdout
    assert b"--retired-secret verifies nothing" in alone.stderr and b"--explain" in alone.stderr
    explained = cli(*words, "--explain", "--json")
    assert explained.returncode == 1, explained
    answer = json.loads(explained.stdout)
    assert answer["verified"] is False
    assert [found["cause"] for found in answer["explanation"]] == ["older_secret"]


# A running sidecar


def test_send_tells_what_came_back(shared):
    how = ["--profile", "github", "--secret", "env:GITHUB_SECRET"]
    ok = shared.cli("send", shared.base + "/in/github", *how, "--count", 50, "--concurrency", 4,
                    "--json")
    assert ok.returncode == 0, ok.stderr
    assert json.loads(ok.stdout)["statuses"] == {"200": 50}
    refused = shared.cli("send", shared.base + "/in/github", "--profile", "github", "--secret",
                         "literal:wrong", "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["statuses"] == {"401": 1}
    nobody = shared.cli("send", f"http://127.0.0.1:{free_port()}/", *how)
    assert nobody.returncode == 75 and nobody.stderr


@pytest.mark.parametrize("profile", sorted(SECRETS))
def test_send_works_for_every_profile(shared, profile):
    sent = shared.cli("send", f"{shared.base}/in/{profile}", "--profile", profile, "--secret",
                      f"env:{SECRET_VARIABLES[profile]}", "--count", 3, "--json")
    assert sent.returncode == 0, sent
    answer = json.loads(sent.stdout)
    assert (answer["statuses"], answer["duplicates"]) == ({"200": 3}, 0)


def test_status_and_events_talk_to_the_api(sidecar, tmp_path):
    delivery = new_id()
    sidecar.deliver("github", b"\x00\xffbody\n", event_id=delivery, event_type="push")
    status = sidecar.cli("status", "--json")
    assert status.returncode == 0
    assert json.loads(status.stdout)["journal"]["durable_sequence"] == 1
    assert b"github" in sidecar.cli("status").stdout
    listed = sidecar.cli("events", "list", "--source", "github", "--type", "push")
    assert listed.returncode == 0 and delivery.encode() in listed.stdout
    page = json.loads(sidecar.cli("events", "list", "--json").stdout)
    event = page["data"][0]["id"]
    assert delivery.encode() in sidecar.cli("events", "show", event).stdout
    assert json.loads(sidecar.cli("events", "show", event, "--json").stdout)["id"] == event
    assert sidecar.cli("events", "show", event, "--body").stdout == b"\x00\xffbody\n"
    assert sidecar.cli("events", "show", "none").returncode == 1
    assert sidecar.cli("events", "list", "--type", "never").stdout == b""


def test_without_a_sidecar_it_is_75(cli):
    environment = {**os.environ, "WEBHOOK_SIDECAR_API": f"http://127.0.0.1:{free_port()}"}
    for command in (["status"], ["events", "list"], ["events", "show", "x"]):
        result = cli(*command, env=environment)
        assert result.returncode == 75 and not result.stdout
        assert environment["WEBHOOK_SIDECAR_API"].encode() in result.stderr


def test_something_else_at_that_address_is_70(cli):
    import threading

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def talk():
            peer, _ = listener.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"220 smtp.example ESMTP\r\n\r\n")

        threading.Thread(target=talk, daemon=True).start()
        address = "http://127.0.0.1:%d" % listener.getsockname()[1]
        result = cli("status", env={**os.environ, "WEBHOOK_SIDECAR_API": address})
    assert result.returncode == 70


def test_events_of_strangers_cannot_write_to_the_terminal(sidecar):
    sidecar.deliver("github", b"1", event_id="a\x1b[2Jb".replace("\x1b", "\x7f"),
                    expect=None)
    sidecar.deliver("github", b"2", event_type="t\u202eevil".encode().decode("latin-1"),
                    expect=None)
    listed = sidecar.cli("events", "list").stdout
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", listed)
    assert "\u202e".encode() not in listed


# journal


def test_the_journal_is_read_offline_and_beside_a_sidecar(sidecar):
    for number in range(20):
        sidecar.deliver("github", b"body-%d" % number, event_id=f"id-{number}")
        sidecar.deliver("stripe", b'{"id": "evt_%d"}' % number)
    for state in ("running", "stopped"):
        if state == "stopped":
            assert sidecar.stop() == 0
        verified = sidecar.cli("journal", "verify", sidecar.data, "--json")
        assert verified.returncode == 0, (state, verified)
        stat = sidecar.cli("journal", "stat", sidecar.data)
        assert stat.returncode == 0 and b"40" in stat.stdout, (state, stat)
        dumped = sidecar.cli("journal", "dump", sidecar.data, "--source", "github", "--bodies")
        assert dumped.returncode == 0
        events = [json.loads(line) for line in dumped.stdout.splitlines()]
        assert [event["event_id"] for event in events] == [f"id-{n}" for n in range(20)]
        from base64 import b64decode

        assert [b64decode(event["body"]) for event in events] == [
            b"body-%d" % n for n in range(20)]
        without = sidecar.cli("journal", "dump", sidecar.data).stdout
        assert len(without.splitlines()) == 40 and b'"body":' not in without


def test_what_is_no_journal_is_said(cli, tmp_path):
    for command in ("verify", "stat", "dump"):
        for path in (tmp_path, tmp_path / "nowhere"):
            result = cli("journal", command, path)
            assert result.returncode in (1, 2, 74) and result.stderr
            assert list(tmp_path.iterdir()) == [], "nothing is made by looking"
