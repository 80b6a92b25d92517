"""The SDK behind real servers: samples/frameworks, built, started, and asked by curl."""

import os
import re
import signal
import subprocess
import time

import pytest

from conftest import ROOT
from harness.signing import SECRETS, sign

PACKAGE = ROOT / "samples" / "frameworks"
APPS = ["hummingbird-app", "flyingfox-app"]
# A first build compiles the frameworks too: some minutes on two cores.
BUILD_SECONDS = 30 * 60
START_SECONDS = 30
BODY_BYTES_MAX = 1 << 20


@pytest.fixture(scope="module", autouse=True)
def whole_run_only(request):
    if request.config.getoption("--fast"):
        pytest.skip("builds packages, which takes minutes; run without --fast")


@pytest.fixture(scope="module")
def built(whole_run_only):
    """Where the apps are; the tests fail when they cannot be built."""
    build = ["swift", "build", "--package-path", str(PACKAGE)]
    run = subprocess.run(
        build, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BUILD_SECONDS
    )
    assert run.returncode == 0, (run.stdout + run.stderr)[-4000:]
    path = subprocess.run([*build, "--show-bin-path"], capture_output=True, text=True, check=True)
    return path.stdout.strip()


class App:
    """One of the apps, on a port that it chose itself."""

    def __init__(self, program, directory, profile):
        self.directory = directory
        self.output = directory / "output"
        environment = {
            **os.environ, "PORT": "0", "WEBHOOK_PROFILE": profile,
            "WEBHOOK_SECRET": SECRETS[profile],
        }
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [program], stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
            )
        self.base = self.wait_ready()

    def wait_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.output.read_text()
            found = re.search(r"^listening on (http://\S+)$", self.output.read_text(), re.M)
            if found:
                return found[1]
            time.sleep(0.02)
        raise AssertionError(f"not ready after {START_SECONDS} s: {self.output.read_text()}")

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    @property
    def handled(self):
        """The lines that the handler printed."""
        return [x for x in self.output.read_text().splitlines() if x.startswith("event ")]

    def curl(self, *arguments, path="/in/orders"):
        """The status, the header fields with lower-case names, and the body."""
        body = self.directory / "answer"
        head = self.directory / "head"
        body.write_bytes(b"")
        run = subprocess.run(
            ["curl", "-sS", "--max-time", "60", "-o", body, "-D", head, "-w", "%{http_code}",
             *arguments, self.base + path],
            capture_output=True, text=True,
        )
        assert run.returncode == 0, run.stderr
        lines = [line.split(":", 1) for line in head.read_text("latin-1").splitlines()[1:]]
        fields = {pair[0].lower(): pair[1].strip() for pair in lines if len(pair) == 2}
        return int(run.stdout), fields, body.read_bytes()

    def post(self, body, headers, *more):
        file = self.directory / "body"
        file.write_bytes(body)
        fields = [f"{name}: {value}" for name, value in headers]
        options = [part for field in fields for part in ("-H", field)]
        return self.curl("--data-binary", f"@{file}", *options, *more)


@pytest.fixture(params=APPS)
def start(request, built, tmp_path):
    """Starts the app of the day under a profile."""
    started = []

    def start(profile="standard-webhooks"):
        started.append(App(f"{built}/{request.param}", tmp_path, profile))
        return started[-1]

    start.name = request.param
    yield start
    for app in started:
        app.stop()


BODY = b'{"type": "order.paid"}'


def test_a_genuine_delivery_is_handled_once(start):
    app = start()
    headers = sign("standard-webhooks", BODY, event_id="msg_1")
    status, fields, _ = app.post(BODY, headers)
    assert status == 200 and "webhook-receiver-duplicate" not in fields
    status, fields, _ = app.post(BODY, headers)
    assert status == 200 and fields["webhook-receiver-duplicate"] == "true"
    again = app.curl("--data-binary", f"@{app.directory / 'body'}", path="/in/elsewhere",
                     *[part for n, v in headers for part in ("-H", f"{n}: {v}")])
    assert again[0] == 200, "the name in the path is nobody's to make a new event with"
    assert len(app.handled) == 1 and app.handled[0].startswith("event msg_1 ")


def test_a_forged_delivery_is_refused(start):
    app = start()
    headers = sign("standard-webhooks", BODY)
    status, fields, answer = app.post(BODY.replace(b"paid", b"free"), headers)
    assert status == 401
    assert fields["content-type"] == "application/problem+json"
    assert b"signature_mismatch" in answer
    assert app.post(BODY, [])[0] == 401
    assert app.handled == []
    # What was refused has taken nothing from the genuine one.
    assert app.post(BODY, headers)[0] == 200
    assert len(app.handled) == 1


@pytest.mark.parametrize("option", [["-X", "GET"], ["--head"], ["-X", "PUT"], ["-X", "DELETE"]])
def test_other_methods_are_told_which_one_is_taken(start, option):
    app = start()
    status, fields, body = app.curl(*option)
    assert (status, fields["allow"], body.replace(b"\r", b"")[:4]) in [
        (405, "POST", b""), (405, "POST", b"HTTP"),  # curl prints the head of a HEAD
    ]
    assert app.curl(path="/elsewhere")[0] == 404


@pytest.mark.parametrize("framing", [[], ["-H", "Transfer-Encoding: chunked"]])
def test_a_body_is_bounded_and_what_comes_behind_it_is_answered(start, framing):
    app = start()
    fits, exceeds = b"x" * BODY_BYTES_MAX, b"x" * (BODY_BYTES_MAX + 1)
    assert app.post(fits, sign("standard-webhooks", fits), *framing)[0] == 200
    # The rest of a refused body must not be read as another request on the same connection.
    follow = ["--next", "-sS", "-o", os.devnull, "-w", " %{http_code}"]
    file = app.directory / "exceeds"
    file.write_bytes(exceeds)
    options = [p for n, v in sign("standard-webhooks", exceeds) for p in ("-H", f"{n}: {v}")]
    run = subprocess.run(
        ["curl", "-sS", "--max-time", "60", "-o", os.devnull, "-w", "%{http_code}",
         "--data-binary", f"@{file}", *options, *framing, app.base + "/in/orders",
         *follow, app.base + "/in/orders"],
        capture_output=True, text=True,
    )
    assert (run.returncode, run.stdout) == (0, "413 405"), run.stderr
    assert len(app.handled) == 1


def test_a_body_that_is_not_text_arrives_byte_for_byte(start):
    app = start("github")
    body = bytes(range(256)) * 8 + b"\r\n\xff\xfe\x00"
    assert app.post(body, sign("github", body, event_id="bin-1"))[0] == 200
    assert app.handled == [f"event bin-1 ping {len(body)} bytes"]


def test_a_repeated_signature_header_is_not_joined(start):
    app = start("github")
    headers = sign("github", BODY, event_id="twice")
    forged = ("X-Hub-Signature-256", "sha256=" + "0" * 64)
    status, _, answer = app.post(BODY, [*headers, forged])
    assert status == 401
    if start.name == "hummingbird-app":
        assert b"malformed_header" in answer
    else:
        # FlyingFox gives out the last one alone, and the sample says so.
        assert b"signature_mismatch" in answer
    assert app.handled == []


def test_names_of_headers_have_no_case(start):
    app = start("github")
    headers = [(name.upper(), value) for name, value in sign("github", BODY, event_id="upper")]
    assert app.post(BODY, headers)[0] == 200
    assert app.handled == [f"event upper ping {len(BODY)} bytes"]
