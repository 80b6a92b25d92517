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
    assert len(lines) == 4 and lines[3].endswith("good, with github, 2 warnings")
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


def test_what_is_not_built_yet_says_so(cli, tmp_path):
    text = GOOD.replace('path: "/in/github",', 'path: "/in/github", registration: {},')
    result = check(cli, tmp_path, text)
    assert result.returncode == 1
    assert b"not supported yet" in result.stdout


@pytest.mark.parametrize("members, words", [
    ("trusted_proxies: ['10.0.0.1/8']", b'bits behind its prefix; write "10.0.0.0/8"'),
    ("trusted_proxies: ['10.0.0.0/40']", b"not a number from 0 to 32"),
    ("trusted_proxies: ['proxy']", b"not an address block"),
    ("proxy_protocol: true", b"nobody is trusted to send a PROXY header"),
    ("trusted_proxies: ['::1'], forwarded_header: 'x-real-ip'", b"not a word of this key"),
])
def test_mistakes_about_proxies_are_named(cli, tmp_path, members, words):
    text = GOOD.replace("ingress: {", f"ingress: {{ {members},")
    result = check(cli, tmp_path, text)
    assert result.returncode == 1
    assert words in result.stdout, result.stdout
    assert re.search(rb"json5:\d+:\d+: error: ingress\.", result.stdout), result.stdout


def test_to_trust_everybody_is_a_warning(cli, tmp_path):
    text = GOOD.replace("ingress: {", "ingress: { trusted_proxies: ['0.0.0.0/0'],")
    result = check(cli, tmp_path, text)
    assert result.returncode == 0, result.stdout
    assert b"warning: ingress.trusted_proxies[0]: 0.0.0.0/0 holds strangers" in result.stdout


@pytest.mark.parametrize("member", [
    "registration: {}",
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


RELAYED = """\
{
  api: { listen: ["127.0.0.1:0"] }, ingress: { listen: ["127.0.0.1:0"] },
  sources: {
    hook: { path: "/hook", verify: { profile: "github", secrets: ["literal:hook-secret"] } },
    log: { path: "/log", verify: { profile: "github", secrets: ["literal:hook-secret"] },
      destinations: ["app"],
      poll: { preset: "github", parameters: { owner: "o", repo: "r", hook_id: "1" },
        auth: { bearer: "literal:hush-hush" } } },
    shop: { path: "/shop", verify: { profile: "stripe", secrets: ["literal:whsec_shop"] },
      poll: { preset: "stripe", auth: { bearer: "literal:hush-hush" } } },
    slack: { path: "/slack", verify: { profile: "slack", secrets: ["literal:slack-secret"] } },
  },
  destinations: { app: { urls: ["http://127.0.0.1:3000/hooks"] } },
}
"""


def test_check_says_what_each_fallback_guarantees_and_its_loss_horizon(cli, tmp_path):
    result = check(cli, tmp_path, RELAYED)
    assert result.returncode == 0, result.stdout
    lines = result.stdout.decode().splitlines()
    said = dict(line.split(": ", 1) for line in lines[:-1])
    assert list(said) == ["hook", "log", "shop", "slack"]
    assert "does not deliver twice" in said["hook"] and said["hook"].endswith("none: at once")
    assert "tried to deliver to this hook" in said["log"] and said["log"].endswith("horizon: 3d")
    assert "every event that the provider lists" in said["shop"]
    assert said["shop"].endswith("horizon: 30d")
    assert "gives up delivering is lost" in said["slack"]
    answer = json.loads(check(cli, tmp_path, RELAYED, "--json").stdout)
    assert [(s["name"], s["loss_horizon"]) for s in answer["sources"]][:3] == [
        ("hook", "0ms"), ("log", "3d"), ("shop", "30d")]
    for source in answer["sources"]:
        assert source["guarantee"] in said[source["name"]]


def test_a_file_with_problems_promises_nothing(cli, tmp_path):
    result = check(cli, tmp_path, RELAYED.replace('["app"]', '["apq"]'), "--json")
    assert result.returncode == 1
    answer = json.loads(result.stdout)
    assert "sources" not in answer
    assert answer["problems"][0]["suggestion"] == 'did you mean "app"?'


def test_show_writes_a_preset_out_and_no_secret(cli, tmp_path):
    check(cli, tmp_path, RELAYED)
    path = tmp_path / "webhook-sidecar.json5"
    shown = cli("config", "show", "--config", path)
    assert shown.returncode == 0 and b"hush" not in shown.stdout
    configuration = json.loads(shown.stdout)
    poll = configuration["sources"]["log"]["poll"]
    assert poll["request"]["url"] == (
        "https://api.github.com/repos/o/r/hooks/1/deliveries?per_page=100")
    assert poll["auth"] == {"bearer": "literal:[redacted]"}
    assert configuration["destinations"]["app"]["retry"]["horizon"] == "3d"
    path.write_bytes(shown.stdout)
    again = cli("config", "show", "--config", path)
    assert again.stdout == shown.stdout


@pytest.mark.parametrize("url", [
    "http://169.254.169.254/latest/", "http://[fd00:ec2::254]/", "http://metadata.google.internal/",
])
def test_an_address_that_hands_out_credentials_is_warned_of(cli, tmp_path, url):
    result = check(cli, tmp_path, RELAYED.replace("http://127.0.0.1:3000/hooks", url))
    assert result.returncode == 0
    assert re.search(rb"json5:13:33: warning: destinations.app.urls\[0\]: .*credentials",
                     result.stdout), result.stdout


@pytest.mark.parametrize("old, new, path", [
    ('ordering', 'ordering: "sauce"', "destinations.app.ordering"),
    ('retry', 'retry: { jitter: 2 }', "destinations.app.retry.jitter"),
    ('headers', 'headers: { Host: "x" }', "destinations.app.headers.Host"),
    ('tls', 'tls: { ca: "/none.pem" }', "destinations.app.tls"),
    ('secrets', 'secrets: ["literal:short and not base 64"]', "destinations.app.secrets[0]"),
])
def test_one_mistake_in_a_destination_is_named(cli, tmp_path, old, new, path):
    text = RELAYED.replace('/hooks"]', '/hooks"], ' + new)
    answer = json.loads(check(cli, tmp_path, text, "--json").stdout)
    assert path in [problem["path"] for problem in answer["problems"]]


@pytest.mark.parametrize("old, new, path", [
    ('"github", parameters', '"githab", parameters', "sources.log.poll.preset"),
    ('repo: "r", ', "", "sources.log.poll.parameters"),
    ('auth: { bearer: "literal:hush-hush" } } },\n    shop', '} },\n    shop',
     "sources.log.poll.auth"),
    ('"stripe", auth:', '"stripe", sweep: "11d", auth:', "sources.shop.poll.sweep"),
    ('"stripe", auth:', '"stripe", request: { url: "http://example.com/" }, auth:',
     "sources.shop.poll.request.url"),
    ('"stripe", auth:', '"stripe", paging: { kind: "link_header", param: "p" }, auth:',
     "sources.shop.poll.paging.param"),
])
def test_one_mistake_in_a_poll_section_is_named(cli, tmp_path, old, new, path):
    text = RELAYED.replace(old, new, 1)
    assert text != RELAYED
    answer = json.loads(check(cli, tmp_path, text, "--json").stdout)
    assert [problem["path"] for problem in answer["problems"]] == [path]
    assert "hush" not in json.dumps(answer)


@pytest.mark.parametrize("name, preset, horizon", [
    ("stripe", "stripe", "30d"), ("github", "github", "3d"), ("okta", "okta", "90d"),
])
def test_profiles_prints_what_a_preset_stands_for(cli, name, preset, horizon):
    polling = json.loads(cli("profiles", name, "--json").stdout)["polling"]
    assert polling[0]["preset"] == preset and polling[0]["loss_horizon"] == horizon
    assert polling[0]["guarantee"] and polling[0]["poll"]["kind"]
    pretty = json.loads(cli("profiles", name).stdout)["polling"]
    assert pretty == polling


def test_the_schema_takes_destinations_and_presets(cli, tmp_path):
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json.loads(cli("config", "schema").stdout))
    check(cli, tmp_path, RELAYED)
    shown = json.loads(
        cli("config", "show", "--config", tmp_path / "webhook-sidecar.json5").stdout)
    validator.validate(shown)
    short = {"path": "/a", "verify": {"profile": "stripe", "secrets": ["env:A"]},
             "poll": {"preset": "stripe", "auth": {"bearer": "env:B"}}}
    assert validator.is_valid({"sources": {"a": short}})
    short["poll"]["preset"] = "strype"
    assert not validator.is_valid({"sources": {"a": short}})
    short["poll"] = {"kind": "event_log"}
    assert not validator.is_valid({"sources": {"a": short}})
