"""`check`: every mistake with its line, its column, and what to write instead."""

import json
import os
import re

import pytest

FIVE = """\
// five mistakes
{
  ingress: {
    listen: ["127.0.0.1:99999"],
  },
  api: { listen: ["127.0.0.1:8081"] },
  sources: {
    github: {
      path: "in/github",
      verify: { profile: "githb", secrets: ["env:NOT_SET_ANYWHERE"] },
      idempotancy: {},
    },
  },
}
"""
# line and column of what is wrong, and a word of what to write
PLACES = [(4, 14), (9, 13), (10, 26), (10, 45), (11, 7)]

GOOD = """\
{
  ingress: { listen: ['127.0.0.1:0'] }, /* single quotes, comments, trailing commas */
  api: { listen: ["127.0.0.1:0",], },
  sources: { github: { path: "/in/github",
    verify: { profile: "github", secrets: ["literal:a"] }, }, },
}
"""


def check(cli, tmp_path, text, *more, **how):
    path = tmp_path / "webhook-sidecar.json5"
    path.write_text(text)
    return cli("check", "--config", path, *more, **how)


def test_five_mistakes_are_named_with_line_and_column(cli, tmp_path):
    result = check(cli, tmp_path, FIVE)
    assert result.returncode == 1
    text = result.stdout.decode()
    found = [tuple(map(int, place)) for place in
             re.findall(r"webhook-sidecar\.json5:(\d+):(\d+): ", text)]
    assert found == PLACES, text
    assert "github" in text and "idempotency" in text and "NOT_SET_ANYWHERE" in text


def test_the_same_as_json(cli, tmp_path):
    result = check(cli, tmp_path, FIVE, "--json")
    assert result.returncode == 1
    answer = json.loads(result.stdout)
    assert answer["valid"] is False
    assert [(p["line"], p["column"]) for p in answer["problems"]] == PLACES
    for problem in answer["problems"]:
        assert problem["message"] and problem["suggestion"] and problem["path"]


UNWISE = """\
{ api: { listen: ["127.0.0.1:0"] }, ingress: { listen: ["127.0.0.1:0"] }, data: "d",
  sources: { github: { path: "/in/github", verify: { profile: "github",
    secrets: ["file:open.secret", "literal:hunter2", "file:closed.secret"] } } } }
"""


def write_unwise(tmp_path):
    for name, mode in [("open.secret", 0o644), ("closed.secret", 0o400)]:
        (tmp_path / name).write_text("a secret of some length\n")
        (tmp_path / name).chmod(mode)
    path = tmp_path / "webhook-sidecar.json5"
    path.write_text(UNWISE)
    return path


def test_what_is_unwise_is_a_warning_and_the_file_is_good(cli, tmp_path):
    path = write_unwise(tmp_path)
    result = cli("check", "--config", path, cwd=tmp_path)
    assert result.returncode == 0 and not result.stderr
    lines = result.stdout.decode().splitlines()
    assert re.search(r"json5:3:15: warning: .*/open\.secret\" has the mode 0644.*chmod 0400", lines[0])
    assert re.search(r"json5:3:35: warning: .*fewer than 8 bytes", lines[1])
    assert len(lines) == 3 and lines[2].endswith("good, with github, 2 warnings")
    answer = json.loads(cli("check", "--config", path, "--json", cwd=tmp_path).stdout)
    assert answer["valid"] is True and answer["problems"] == []
    assert [(w["line"], w["column"]) for w in answer["warnings"]] == [(3, 15), (3, 35)]
    assert b"hunter2" not in result.stdout + json.dumps(answer).encode()


def test_run_says_the_same_on_its_log(make_sidecar):
    sidecar = make_sidecar(start=False, sources={"github": {"path": "/in/github", "verify": {
        "profile": "github", "secrets": ["env:GITHUB_SECRET", "file:open.secret", "literal:hush"],
    }}})
    secret = sidecar.directory / "open.secret"
    secret.write_text("a secret of some length\n")
    secret.chmod(0o622)
    sidecar.start()
    assert sidecar.stop() == 0
    lines = [json.loads(line) for line in sidecar.log.splitlines()]
    warnings = [line for line in lines if line["event"] == "configuration_warning"]
    assert [line["level"] for line in warnings] == ["warning", "warning"]
    assert [line["key"] for line in warnings] == [
        "sources.github.verify.secrets[1]", "sources.github.verify.secrets[2]"]
    assert str(secret) in warnings[0]["detail"] and "mode 0622" in warnings[0]["detail"]
    assert "hush" not in sidecar.log


@pytest.mark.parametrize("old, new", [
    ('"literal:a"', '"file:nope.sec"'), ('"github",', '"file:nope.sec",'),
])
def test_check_and_run_say_where_they_looked_for_a_file(cli, tmp_path, old, new):
    text = GOOD.replace(old, new)
    assert text != GOOD
    checked = check(cli, tmp_path, text, cwd=tmp_path)
    ran = cli("run", "--config", tmp_path / "webhook-sidecar.json5", cwd=tmp_path)
    assert checked.returncode == ran.returncode == 1
    words = f'cannot read "{tmp_path}/nope.sec": there is no such file; '.encode()
    line = checked.stdout.splitlines()[0]
    assert words in line and line in ran.stderr.splitlines()


def test_check_and_run_name_a_missing_configuration_alike(cli, tmp_path):
    for command in ("check", "run"):
        result = cli(command, "--config", "none.json5", cwd=tmp_path)
        assert result.returncode == 1
        assert b"there is no configuration none.json5" in result.stderr


def test_a_default_file_that_cannot_be_read_does_not_start_the_demo(cli, tmp_path):
    (tmp_path / "webhook-sidecar.json5").mkdir()
    result = cli("run", cwd=tmp_path)
    assert result.returncode == 1
    assert b"webhook-sidecar.json5" in result.stderr
    assert not (tmp_path / "webhook-sidecar-data").exists()


def test_run_refuses_the_same_file_with_the_same_words(cli, tmp_path):
    check(cli, tmp_path, FIVE)
    result = cli("run", "--config", tmp_path / "webhook-sidecar.json5", "--data", tmp_path / "d")
    assert result.returncode == 1
    assert len(re.findall(rb"json5:\d+:\d+: ", result.stderr)) == 5
    assert not (tmp_path / "d").exists()


def test_a_good_file_is_good(cli, tmp_path):
    result = check(cli, tmp_path, GOOD)
    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads(check(cli, tmp_path, GOOD, "--json").stdout)["valid"] is True


@pytest.mark.parametrize("text", ["", "{", "[]", "5", "{a: }", "{sources: {", "{} {}", "\x00",
                                  "{a: 'x}", "{a: 0x}", "{" * 2000, "{a: \"\\u12\"}"])
def test_a_file_that_is_no_json5_is_named_with_its_place(cli, tmp_path, text):
    result = check(cli, tmp_path, text)
    assert result.returncode == 1
    assert re.search(rb"json5:\d+:\d+: ", result.stdout), result.stdout


@pytest.mark.parametrize("member", [
    "ingress: { tls: { certificate: 'a.pem', private_key: 'b.pem' } }",
    "ingress: { tls: {} }",
    "ingress: { proxy_protocol: true }",
    "ingress: { trusted_proxies: ['10.0.0.0/8'] }",
    "destinations: { app: { urls: ['http://127.0.0.1:3000/'] } }",
    "journal: { retention: { undelivered: 'drop' } }",
])
def test_what_is_not_built_yet_says_so(cli, tmp_path, member):
    text = GOOD.replace("ingress: { listen: ['127.0.0.1:0'] },", member + ",")
    result = check(cli, tmp_path, text)
    assert result.returncode == 1
    assert b"not supported yet" in result.stdout


@pytest.mark.parametrize("member", [
    "rate_limit: { requests_per_second: 5 }", "destinations: ['app']",
    "poll: { preset: 'github' }", "registration: {}",
])
def test_what_is_not_built_yet_in_a_source_says_so(cli, tmp_path, member):
    text = GOOD.replace('path: "/in/github",', f'path: "/in/github", {member},')
    result = check(cli, tmp_path, text)
    assert result.returncode == 1
    assert b"not supported yet" in result.stdout


@pytest.mark.parametrize("old, new", [
    ("literal:a", "literal:"), ("literal:a", "env:EMPTY"), ("literal:a", "file:/nonexistent"),
    ("literal:a", "secret"), ('["literal:a"]', "[]"), ('profile: "github"', 'profile: "nobody"'),
    ('path: "/in/github"', 'path: "/in/git hub"'), ('path: "/in/github"', 'path: ""'),
    ("'127.0.0.1:0'", "'127.0.0.1'"), ("'127.0.0.1:0'", "'localhost:80:80'"),
    ("'127.0.0.1:0'", "'127.0.0.1:8', '127.0.0.1:8'"), ("'127.0.0.1:0'", "5"),
    ('path: "/in/github"', 'path: "/a", allow: ["10.0.0.1/8"]'),
    ('path: "/in/github"', 'path: "/a", aliases: ["/a"]'),
    ("sources: { github", "sources: { 'git hub'"),
    ("api: {", "journal: { segment_bytes: '4MiB' }, api: {"),
    ("api: {", "journal: { segment_bytes: 'many' }, api: {"),
    ("api: {", "log: { level: 'loud' }, api: {"),
    ("api: {", "api: { tokens: [{ name: 'a', token: 'literal:short', scopes: ['read'] }],"),
    ("api: {", "api: { tokens: [{ name: 'a', token: 'literal:0123456789abcdef', scopes: ['fly'] }],"),
    ("api: {", "data: 5, api: {"),
])
def test_one_mistake_is_one_problem(cli, tmp_path, old, new):
    assert GOOD.count(old) >= 1
    result = check(cli, tmp_path, GOOD.replace(old, new, 1), "--json",
                   env={**os.environ, "EMPTY": ""})
    assert result.returncode == 1, result.stdout
    problems = json.loads(result.stdout)["problems"]
    assert len(problems) == 1, problems
    assert problems[0]["line"] >= 2 and problems[0]["column"] >= 1


def test_no_secret_is_repeated(cli, tmp_path):
    text = GOOD.replace("literal:a", "litteral:hunter2").replace("listen", "lissten")
    result = check(cli, tmp_path, text)
    assert result.returncode == 1
    assert b"hunter2" not in result.stdout + result.stderr


def test_show_is_the_effective_configuration_without_secrets(cli, tmp_path):
    text = GOOD.replace("literal:a", "literal:hunter2")
    check(cli, tmp_path, text)
    result = cli("config", "show", "--config", tmp_path / "webhook-sidecar.json5")
    assert result.returncode == 0, result.stderr
    assert b"hunter2" not in result.stdout
    shown = json.loads(result.stdout)
    assert shown["ingress"]["limits"]["connections"] == 10000
    assert shown["sources"]["github"]["path"] == "/in/github"


def test_the_schema_is_a_json_schema_that_takes_the_good_and_not_the_bad(cli):
    from jsonschema import Draft202012Validator

    result = cli("config", "schema")
    assert result.returncode == 0
    schema = json.loads(result.stdout)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    good = {"sources": {"github": {
        "path": "/in/github", "verify": {"profile": "github", "secrets": ["env:A"]}}}}
    assert validator.is_valid(good)
    good["sources"]["github"]["idempotancy"] = {}
    assert not validator.is_valid(good)
