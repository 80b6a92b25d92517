"""slowhttptest in its four modes, a thousand connections each, beside a source that goes on."""

import re
import resource
import shutil

import pytest

from harness.floods import running
from harness.open_loop import OpenLoop
from harness.wire import wait_until

CONNECTIONS = 1000
# In the long run every deadline passes: those of heads, of bodies, and of answers.
SECONDS = {"whole": 5, "campaign": 40}
RATE = 50
P99_SECONDS = 1
MODES = {
    "heads that never end": ["-H", "-t", "POST", "-i", "1", "-x", "10"],
    "bodies that never end": ["-B", "-i", "1", "-x", "10", "-s", "8192"],
    "ranges without number": ["-R", "-a", "1", "-b", "3000", "-t", "HEAD"],
    "answers that nobody reads": ["-X", "-k", "10", "-n", "1", "-z", "1", "-w", "1", "-y", "8"],
}


@pytest.fixture
def descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"no more than {hard} descriptors here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES.values(), ids=MODES.keys())
def test_a_thousand_slow_peers_keep_no_delivery_waiting(
        make_sidecar, descriptors, tmp_path, effort, tally, mode):
    sidecar, seconds = make_sidecar(), SECONDS[effort]
    program = shutil.which("slowhttptest")
    assert program, "there is no slowhttptest; scripts/test installs it"
    good = OpenLoop(sidecar.ingress_address, RATE, seconds, connections=8)
    command = [program, *mode, "-c", CONNECTIONS, "-r", CONNECTIONS, "-l", seconds + 10, "-p", 5,
               "-u", sidecar.base + "/in/github"]
    with running(command, tmp_path, "slow.log"):
        wait_until(lambda: metric_of(sidecar, "connections_accepted_total") >= CONNECTIONS)
        with good:
            pass
    output = (tmp_path / "slow.log").read_text(errors="replace")
    tally(f"slowhttptest {mode[0]} for {seconds} s beside {good.summary}")
    assert len(good.acknowledged) == len(good.made), (good.summary, output[-2000:])
    assert good.percentile(0.99) <= P99_SECONDS, good.summary
    assert len(sidecar.api.events(limit=1000, body="none")) == len(good.made)
    # All that they held is given back.
    wait_until(lambda: metric_of(sidecar, "connections_open") <= 2, 60)


def metric_of(sidecar, name):
    text = sidecar.api.get("/metrics").body.decode()
    return int(re.search(rf"^webhook_receiver_{name} (\d+)$", text, re.MULTILINE)[1])
