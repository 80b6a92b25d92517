"""The samples that scripts/test builds: what they print is what their comments promise."""

import os
import subprocess

import pytest

from conftest import ROOT

# Where `swift build --package-path samples` leaves them.
BUILT = ROOT / "samples" / ".build" / "debug"


@pytest.fixture(scope="module", autouse=True)
def whole_run_only(request):
    if request.config.getoption("--fast"):
        pytest.skip("the samples are built without --fast")


def program(name):
    path = BUILT / name
    assert path.is_file(), f"there is no {path}; swift build --package-path samples makes it"
    return path


def run(name, *arguments):
    return subprocess.run(
        [program(name), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=60,
    )


def test_verify_tells_genuine_from_changed():
    done = run("verify")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Hello, World! is a genuine ping",
        "Hello, world! is refused: signature_mismatch",
    ]


def test_a_scheme_of_ones_own_is_data():
    done = run("custom-scheme")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "genuine: order.paid evt_1",
        "forged: refused, signature_mismatch",
    ]


def test_receive_handles_once_what_is_sent_twice():
    done = run("receive")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "forged: 401",
        "handling charge.succeeded evt_1",
        "genuine: 200",
        "repeated: 200",
    ]


def test_pull_goes_on_where_it_ended(sidecar):
    first = sidecar.deliver("github", b"one", event_type="push")
    assert pulled(sidecar, 1) == [["1", "github", "push"]], first
    sidecar.deliver("github", b"two", event_type="ping")
    # The first comes again when its page was not committed before the sample was ended.
    again = pulled(sidecar, 2, until="2")
    assert again in ([["2", "github", "ping"]], [["1", "github", "push"], ["2", "github", "ping"]])


def pulled(sidecar, most, until="1"):
    """What `pull` prints up to the event `until`; it would go on for ever."""
    # A pipe would keep its lines back; a terminal does not.
    reader, terminal = os.openpty()
    process = subprocess.Popen(
        [program("pull"), sidecar.api_base], stdin=subprocess.DEVNULL, stdout=terminal
    )
    os.close(terminal)
    lines = []
    try:
        with open(reader, "rb", buffering=0) as output:
            text = output.read(1)
            while len(lines) < most and not any(line[0] == until for line in lines):
                text += output.read(4096)
                lines = [line.split()[:3] for line in text.decode().split("\r\n")[:-1]]
    finally:
        process.kill()
        process.wait()
    return lines


@pytest.mark.parametrize("arguments", [[], [""]])
def test_pull_says_how_it_is_used(arguments):
    done = run("pull", *arguments)
    assert done.returncode == 2 and done.stdout.startswith("usage: pull http://")
