"""Profiles as data: each built-in one as a file of one's own, and those that the documents write."""

import base64
import hashlib
import hmac
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import ROOT, known_requests
from test_known_answers import name, text

DOCUMENT = (ROOT / "docs" / "Profiles.md").read_text()


FACTS = {"timestamp": "timestamp", "id_places": "id", "type_places": "type", "senders": "senders",
         "retry_horizon": "retries", "redelivery_horizon": "retries", "handshakes": "handshake"}


def example(which):
    return re.search(rf"<!-- example: {which} -->\n```json\n(.*?)```", DOCUMENT, re.S)[1]


def all_profiles(cli):
    return json.loads(cli("profiles", "--json").stdout)["profiles"]


def test_there_are_at_least_fifty_each_with_its_facts(cli):
    profiles = all_profiles(cli)
    assert len(profiles) >= 50
    listed = cli("profiles").stdout.decode().splitlines()
    assert [line.split()[0] for line in listed] == [profile["id"] for profile in profiles]
    for profile in profiles:
        schemes = {"signature", "token", "web_token", "http_signature"} & profile.keys()
        assert len(schemes) == 1, profile["id"]
        for fact in ("title", "identity", "window", "reply", "evidence", "references"):
            assert profile[fact], (profile["id"], fact)
        for evidence in profile["evidence"]:
            assert evidence["confidence"] in (
                "verified", "documented", "third_party", "unconfirmed")
            assert evidence["source"]
        known = {evidence["fact"] for evidence in profile["evidence"]}
        stated = {"signature"} | {fact for key, fact in FACTS.items() if key in profile}
        if "reply" in profile and profile["reply"] != {"status": 200}:
            stated.add("reply")
        assert stated <= known, profile["id"]
        assert set(profile.get("unsigned", [])) <= {"body", "id", "type", "timestamp"}


def test_a_printed_profile_is_read_as_itself(cli, tmp_path):
    def again(profile):
        one = cli("profiles", profile["id"], "--json").stdout
        file = tmp_path / (profile["id"] + ".json")
        file.write_bytes(one)
        return one, cli("profiles", f"file:{file}", "--json").stdout, cli("profiles", str(file))

    with ThreadPoolExecutor(4) as pool:
        for one, two, pretty in pool.map(again, all_profiles(cli)):
            assert one == two and pretty.returncode == 0
            assert json.loads(pretty.stdout) == json.loads(one)


@pytest.mark.parametrize("entry", known_requests(), ids=name)
def test_a_printed_profile_verifies_the_same(cli, tmp_path, entry):
    file = tmp_path / "mine.json"
    profile = json.loads(cli("profiles", entry["profile"], "--json").stdout)
    profile["id"] = "mine"
    file.write_text(json.dumps(profile))
    now = ["--now", entry["now"]] if entry["now"] else []
    words = ["verify", "--profile", str(file), "--secret", "literal:" + entry["secrets"][0],
             "--request", "-", "--json", "--url", entry["url"], *now]
    result = cli(*words, input=text(entry))
    assert result.returncode == 0, result
    assert json.loads(result.stdout)["profile"] == "mine"


def acme_request(body, key, when, target="/in/acme?team=7", method="POST"):
    message = f"{when}\n{method}\n{target}\n".encode() + body
    code = hmac.new(key, message, hashlib.sha512).hexdigest()
    return (f"{method} {target} HTTP/1.1\nAcme-Signature: ts={when},sig={'0' * 128},sig={code}\n"
            "Acme-Event-Id: evt_9\n\n").encode() + body


def test_the_first_example_of_the_document(cli, tmp_path):
    file = tmp_path / "acme.json"
    file.write_text(example("acme"))
    key, body = b"\x00\x01acme-key", b'{"event":"order.paid","n":1}'
    words = ["verify", "--profile", str(file), "--secret", "literal:" + key.hex(), "--request", "-",
             "--json", "--now", "1767323045"]
    result = cli(*words, input=acme_request(body, key, 1767323045 - 600))
    answer = json.loads(result.stdout)
    assert result.returncode == 0, result
    assert (answer["event_id"], answer["event_type"]) == ("evt_9", "order.paid")
    for request in (
        acme_request(body, b"other", 1767323045), acme_request(body, key, 1767323045 - 601),
        acme_request(body, key, 1767323045).replace(b"team=7", b"team=8"),
        acme_request(body, key, 1767323045).replace(b"POST", b"PUT"),
        acme_request(body, key, 1767323045) + b" ",
    ):
        assert cli(*words, input=request).returncode == 1


def test_the_second_example_of_the_document(cli, tmp_path):
    file = tmp_path / "bolt.json"
    file.write_text(example("bolt"))
    body = b'{"batch":"b_1","events":[{"id":"e_1","kind":"paid"},{"id":"e_2","kind":"void"}]}'
    secret = b"bolt secret"
    digest = base64.b64encode(hashlib.sha256(body).digest())
    code = hashlib.sha1(secret + b"b_1" + digest).hexdigest()

    def request(code=code, version="2", body=body):
        return f"POST / HTTP/1.1\nX-Bolt-Digest: {code}\nX-Bolt-Version: {version}\n\n".encode() + body

    words = ["verify", "--profile", str(file), "--secret", "literal:bolt secret", "--request", "-",
             "--json"]
    result = cli(*words, input=request())
    assert result.returncode == 0, result
    assert json.loads(result.stdout)["event_id"] == "b_1"
    refused = cli(*words, input=request(version="1"))
    assert json.loads(refused.stdout)["failure"] == "requirement_not_met"
    assert cli(*words, input=request(body=body.replace(b"e_2", b"e_3"))).returncode == 1
    assert cli(*words, input=request(code=code[::-1])).returncode == 1


@pytest.mark.parametrize("change, where", [
    ({"digest": "md5"}, "/digest"), ({"colour": 1}, "colour"), ({"message": ["{bdoy}"]}, "/message/0"),
    ({"signature": {"in": ["head:X"], "encoding": "hex"}}, "/signature/in/0"),
    ({"signature": {"in": ["header:X"], "encoding": "hexx"}}, "/signature/encoding"),
    ({"token": {"in": ["header:X"]}}, "exactly one"), ({"id": "Not A Name"}, "/id"),
    ({"timestamp": {"in": ["header:T"], "format": "unix"}}, "/timestamp/format"),
    ({"id_places": ["json:id"]}, "/id_places/0"), ({"key": {"derive": "md5"}}, "/key/derive"),
])
def test_a_mistake_is_named_by_its_place(cli, tmp_path, change, where):
    file = tmp_path / "mine.json"
    profile = {**json.loads(cli("profiles", "github", "--json").stdout), **change}
    file.write_text(json.dumps(profile))
    result = cli("profiles", str(file))
    assert result.returncode == 2 and where in result.stderr.decode(), result


def test_a_key_may_be_a_digest_of_the_secret(cli, tmp_path):
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({
        "id": "mine", "title": "Mine", "key": {"derive": "sha256"},
        "signature": {"in": ["header:X-S"], "encoding": "base64url"}}))
    key = hashlib.sha256(b"bot token").digest()
    code = base64.urlsafe_b64encode(hmac.new(key, b"{}", hashlib.sha256).digest()).decode()
    for value, status in ((code.rstrip("="), 0), (code, 0), (code.swapcase(), 1)):
        result = cli("verify", "--profile", str(file), "--secret", "literal:bot token",
                     "--request", "-", input=f"POST / HTTP/1.1\nX-S: {value}\n\n{{}}".encode())
        assert result.returncode == status, (value, result)
