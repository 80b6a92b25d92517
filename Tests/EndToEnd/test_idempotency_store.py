"""A file store that is killed at any moment forgets nothing that it said is done.

Each round is one process of the probe (Tests/Probes/idempotency-probe): it is told what the store
must say, checks that, works, and is killed with -9. What it printed is what was acknowledged.
"""

import os
import random
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = {"fast": 10, "whole": 100, "campaign": 1000}
# Rounds with one file; then another is begun, so that the checks stay short.
ROUNDS_OF_A_FILE = 25
# More than are completed in that time, so that there are always free ones.
KEYS = 2000


@pytest.fixture(scope="session")
def probe():
    built = ROOT / ".build/release/idempotency-probe"
    path = Path(os.environ.get("WEBHOOK_IDEMPOTENCY_PROBE", built))
    assert path.is_file(), f"there is no {path}; scripts/test builds it"
    return path.resolve()


class Model:
    """What was acknowledged about one store."""

    def __init__(self):
        self.done = {}  # key: fence
        self.completing = {}  # key: fence, when nobody knows whether it is done
        self.touched = set()
        self.fences = set()
        self.counts = Counter()

    def expectations(self):
        lines = [f"fence {max(self.fences, default=0)}"]
        for key in sorted(self.touched):
            if key in self.done:
                lines.append(f"done {key} {self.done[key]}")
            elif key in self.completing:
                lines.append(f"either {key} {self.completing[key]}")
            else:
                lines.append(f"free {key}")
        return "".join(line + "\n" for line in lines)

    def read(self, output):
        """Takes in what one process printed."""
        before = max(self.fences, default=0)
        fences_of_keys = {}
        lines = output.split("\n")
        for line in lines[:-1]:  # What is behind the last line end is no whole line.
            step, *numbers = line.split()
            self.counts[step] += 1
            assert step != "wrong", line
            if step not in ("claimed", "completing", "completed", "abandoned", "done"):
                continue
            key, fence = map(int, numbers)
            self.touched.add(key)
            if step == "claimed":
                assert key not in self.done, f"{line}: a key that is done was given out"
                assert fence > before, f"{line}: {before} was given out by an earlier process"
                assert fence not in self.fences, f"{line}: given out twice"
                assert fence > fences_of_keys.get(key, 0), f"{line}: not above the last of its key"
                fences_of_keys[key] = fence
                self.fences.add(fence)
                self.completing.pop(key, None)
            elif step == "completing":
                self.completing[key] = fence
            elif step in ("completed", "done"):
                assert self.done.setdefault(key, fence) == fence, f"{line}: done by another claim"
                self.completing.pop(key, None)


def run(probe, arguments, expectations, pause=None):
    """The output and the exit code; a process that has a pause is killed after it."""
    process = subprocess.Popen(
        [probe, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        output, _ = process.communicate(expectations, timeout=60 if pause is None else pause)
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
    return output, process.returncode


def check(probe, path, model):
    """Every key that was ever touched; a dead claim or an abandoned key must be free."""
    expected = len(model.touched)
    output, code = run(probe, ["check", path], model.expectations())
    model.read(output)
    assert code == 0, output[-500:]
    assert f"checked {expected}\n" in output
    model.counts["keys checked"] += expected


def test_kill_9_at_any_moment_forgets_nothing_and_keeps_nothing_dead(probe, effort, tmp_path):
    rng = random.Random(20271)
    counts = Counter()
    path, model = None, Model()
    for number in range(ROUNDS[effort]):
        if number % ROUNDS_OF_A_FILE == 0:
            if path:
                check(probe, path, model)
            counts += model.counts
            path, model = tmp_path / f"keys-{number}", Model()
        arguments = ["work", path, KEYS, rng.getrandbits(32)]
        # Now while it starts and checks, now while it works.
        pause = rng.choice([rng.uniform(0, 0.04), rng.uniform(0.02, 0.12)])
        output, code = run(probe, arguments, model.expectations(), pause)
        model.read(output)
        assert code == -9, output[-500:]
    check(probe, path, model)
    counts += model.counts
    print(f"{ROUNDS[effort]} rounds:", dict(counts))
    # A starved machine does little before it is killed; it must do something now and then.
    enough = ROUNDS[effort] // 10
    assert min(counts[step] for step in ("completed", "abandoned", "done")) > enough, counts


def test_the_check_fails_when_a_store_does_not_say_what_it_should(probe, tmp_path):
    path = tmp_path / "keys"
    model = Model()
    output, _ = run(probe, ["work", path, 20, 1], "", pause=2)
    model.read(output)
    assert "idle" in output
    done, fence = next(iter(model.done.items()))
    never = next(key for key in range(10**6) if key not in model.touched)
    check(probe, path, model)
    for wrong in [
        f"free {done}",
        f"done {done} {fence + 1}",
        f"either {done} {fence + 1}",
        f"done {never} 1",
        f"fence {10**9}\nfree {never}",
    ]:
        output, code = run(probe, ["check", path], wrong + "\n")
        assert code == 1 and "wrong" in output, wrong


def test_one_process_at_a_time(probe, tmp_path):
    path = tmp_path / "keys"
    first = subprocess.Popen([probe, "check", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert first.stdout.readline() == b"open\n"
    output, code = run(probe, ["check", path], "")
    assert code == 1 and "is open already" in output and str(path) in output
    first.kill()
    first.communicate()
    output, code = run(probe, ["check", path], "")
    assert code == 0, output
