"""Fixtures: the binary, the API's description, and sidecars that end with their test."""

import json
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from harness.description import Description  # noqa: E402
from harness.disk import Disk  # noqa: E402
from harness.sidecar import Sidecar, run_cli  # noqa: E402

FIXTURES = ROOT / "Tests" / "Fixtures"
TALLY = pytest.StashKey()


def pytest_addoption(parser):
    parser.addoption("--fast", action="store_true", help="fewer rounds; no slow tests")
    parser.addoption("--campaign", action="store_true", help="many more rounds")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: left out with --fast")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--fast"):
        return
    kept = [item for item in items if "slow" not in item.keywords]
    config.hook.pytest_deselected(items=[item for item in items if "slow" in item.keywords])
    items[:] = kept


@pytest.fixture(scope="session")
def effort(request):
    """How many rounds the tests that repeat themselves take."""
    if request.config.getoption("--campaign") or os.environ.get("WEBHOOK_CAMPAIGN") == "1":
        return "campaign"
    return "fast" if request.config.getoption("--fast") else "whole"


@pytest.fixture(scope="session")
def binary():
    path = Path(os.environ.get("WEBHOOK_SIDECAR", ROOT / ".build/release/webhook-sidecar"))
    assert path.is_file(), f"there is no {path}; scripts/test builds it"
    return path.resolve()


@pytest.fixture(scope="session")
def description():
    return Description()


@pytest.fixture
def make_sidecar(binary, description, tmp_path, small_disk):
    """Makes sidecars that are gone when the test is, and before their disks are."""
    made = []

    def make(name="sidecar", start=True, **settings):
        sidecar = Sidecar(binary, tmp_path / name, description, **settings)
        made.append(sidecar)
        return sidecar.start() if start else sidecar

    yield make
    for sidecar in made:
        sidecar.kill()


@pytest.fixture
def small_disk(tmp_path):
    """Mounts disks of a given size; `small_disk("64m", name)` holds the data of that sidecar."""
    disks = []

    def make(size, name="sidecar", kind=Disk):
        try:
            disks.append(kind(tmp_path / name / "data", size))
        except OSError as error:
            pytest.skip(f"a disk cannot be mounted here: {error}")
        return disks[-1]

    yield make
    for disk in disks:
        disk.unmount()


@pytest.fixture
def sidecar(make_sidecar):
    """A running sidecar with a source for each profile, and no tokens."""
    return make_sidecar()


@pytest.fixture(scope="module")
def shared(binary, description, tmp_path_factory):
    """One running sidecar for the tests of a file that do not disturb each other."""
    sidecar = Sidecar(binary, tmp_path_factory.mktemp("shared"), description).start()
    yield sidecar
    sidecar.discard()


@pytest.fixture
def closing():
    """Things with `close` that end with the test."""
    things = []
    yield lambda thing: things.append(thing) or thing
    for thing in reversed(things):
        thing.close()


@pytest.fixture(scope="session")
def cli(binary):
    return lambda *arguments, **how: run_cli(binary, *arguments, **how)


def github_files():
    return sorted((FIXTURES / "github").glob("*.json"))


def known_requests():
    return json.loads((FIXTURES / "requests.json").read_text())


@pytest.fixture(scope="session")
def tally(request):
    """Notes what a test that repeats itself has counted; printed at the end of the run."""
    lines = request.config.stash.setdefault(TALLY, [])
    return lines.append


def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash.get(TALLY, []):
        terminalreporter.write_line(f"campaign: {line}")
