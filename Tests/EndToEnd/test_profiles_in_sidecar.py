"""Sources of many kinds in one running sidecar: files, signed URLs, settings, handshakes."""

import base64
import hashlib
import hmac
import json
import subprocess
import time

import pytest

from test_profiles import example

URL = "https://hooks.example.com/in/trello"


@pytest.fixture
def running(make_sidecar, tmp_path):
    (tmp_path / "acme.json").write_text(example("acme"))

    def verify(profile, **more):
        return {"profile": profile, "secrets": ["literal:secret"], **more}

    sources = {
        "acme": verify(f"file:{tmp_path}/acme.json", secrets=["literal:00ff"]),
        "slack": verify("slack"), "trello": verify("trello", url=URL), "dropbox": verify("dropbox"),
        "meta": verify("meta"), "okta": verify("okta"), "zoom": verify("zoom"),
    }
    return make_sidecar(sources={
        name: {"path": f"/in/{name}", "verify": value, **(
            {"handshake": {"verify_token": "literal:meatyhamhock"}} if name == "meta" else {})}
        for name, value in sources.items()})


def curl(sidecar, path, *words, body=None):
    command = ["curl", "-sS", "-i", "--max-time", "10", *words, sidecar.base + path]
    if body is not None:
        command += ["--data-binary", "@-"]
    run = subprocess.run(command, input=body, capture_output=True)
    assert run.returncode == 0, run.stderr
    head, _, rest = run.stdout.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    fields = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), fields, rest


def headers(pairs):
    return [word for name, value in pairs for word in ("-H", f"{name}: {value}")]


def status(sidecar, name):
    return json.loads(curl_api(sidecar, "/v1/status"))["sources"][name]


def curl_api(sidecar, path):
    return subprocess.run(["curl", "-sS", sidecar.api_base + path], capture_output=True).stdout


def test_a_profile_in_a_file_takes_events(running):
    now, body = int(time.time()), b'{"event":"order.paid"}'
    message = f"{now}\nPOST\n/in/acme?x=1\n".encode() + body
    code = hmac.new(b"\x00\xff", message, hashlib.sha512).hexdigest()
    good = headers([("Acme-Signature", f"ts={now},sig={code}"), ("Acme-Event-Id", "evt_1")])
    assert curl(running, "/in/acme?x=1", *good, body=body)[0] == 200
    assert curl(running, "/in/acme?x=2", *good, body=body)[0] == 401
    again = curl(running, "/in/acme?x=1", *good, body=body)
    assert again[0] == 200 and again[1]["webhook-receiver-duplicate"] == "true"


def test_the_configured_url_is_what_counts(running):
    body = b'{"action":{"id":"a1","type":"updateCard"}}'

    def signature(url):
        return base64.b64encode(
            hmac.new(b"secret", body + url.encode(), hashlib.sha1).digest()).decode()

    good = headers([("X-Trello-Webhook", signature(URL))])
    assert curl(running, "/in/trello", *good, body=body)[0] == 200
    elsewhere = headers([("X-Trello-Webhook", signature("https://evil.example/in/trello")),
                         ("Host", "evil.example"), ("X-Forwarded-Host", "evil.example")])
    assert curl(running, "/in/trello", *elsewhere, body=body)[0] == 401


def test_handshakes_are_answered_and_counted(running):
    now = int(time.time())
    challenge = b'{"type":"url_verification","challenge":"3eZbrw1a"}'
    code = hmac.new(b"secret", f"v0:{now}:".encode() + challenge, hashlib.sha256).hexdigest()
    slack = headers([("X-Slack-Request-Timestamp", now), ("X-Slack-Signature", f"v0={code}")])
    answer = curl(running, "/in/slack", *slack, body=challenge)
    assert (answer[0], answer[2]) == (200, b"3eZbrw1a")
    assert answer[1]["x-content-type-options"] == "nosniff"
    forged = curl(running, "/in/slack", *slack, body=challenge.replace(b"1a", b"1b"))
    assert forged[0] == 401
    meta = "/in/meta?hub.mode=subscribe&hub.challenge=1158&hub.verify_token="
    assert curl(running, meta + "meatyhamhock")[::2] == (200, b"1158")
    assert curl(running, meta + "guess")[0] == 401
    assert curl(running, "/in/dropbox?challenge=abc")[::2] == (200, b"abc")
    okta = curl(running, "/in/okta", "-H", "X-Okta-Verification-Challenge: c1")
    assert json.loads(okta[2]) == {"verification": "c1"}
    head = subprocess.run(["curl", "-sS", "-I", running.base + "/in/trello"],
                          capture_output=True).stdout
    assert head.startswith(b"HTTP/1.1 200 ")
    assert [status(running, name)["handshakes"] for name in ("slack", "meta", "okta")] == [1, 1, 1]
    # None of them is an event.
    assert json.loads(curl_api(running, "/v1/events"))["data"] == []


def test_a_method_that_is_no_handshake_is_refused(running):
    refused = curl(running, "/in/slack")
    assert refused[0] == 405 and refused[1]["allow"] == "POST"
    plain = curl(running, "/in/dropbox")
    assert plain[0] == 405 and plain[1]["allow"] == "POST, GET"
    big = curl(running, "/in/dropbox?challenge=x", "-X", "GET", body=b"x" * 2000)
    assert big[0] == 413


def test_what_a_profile_needs_is_asked_for(cli, tmp_path):
    def problems(verify):
        file = tmp_path / "c.json5"
        file.write_text(json.dumps({"sources": {"a": {"path": "/a", "verify": verify}}}))
        result = cli("check", "--config", str(file))
        assert result.returncode == 1
        return (result.stdout + result.stderr).decode()

    secret = {"secrets": ["literal:secret"]}
    assert "signs the URL" in problems({"profile": "trello", **secret})
    assert "cannot read" in problems({"profile": "file:/nowhere.json", **secret})
    (tmp_path / "bad.json").write_text('{"id": "bad"}')
    assert "exactly one of" in problems({"profile": f"file:{tmp_path}/bad.json", **secret})
    assert "is not the URL" in problems({"profile": "trello", "url": "hooks.example.com", **secret})
    assert "did you mean" in problems({"profile": "strype", **secret})
