"""Reads `strace -f -ttt`: which call began and returned when, in the order of the file."""

import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

# Where only one thread is traced, its number is left out.
LINE = re.compile(r"^(?:(?:\[pid +)?(?P<pid>\d+)\]? +)?(?P<time>\d+\.\d+) (?P<rest>.*)$")
CALL = re.compile(r"^(?P<name>\w+)\((?P<rest>.*)$")
RESUMED = re.compile(r"^<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)$")
RESULT = re.compile(r"= (?P<result>-?\d+|\?)(?: .*)?$")
UNFINISHED = "<unfinished ...>"


@dataclass
class Call:
    name: str
    arguments: str
    began: int
    ended: int
    result: int | None
    is_injected: bool = False


def parse(path):
    """The calls; `began` and `ended` are places in the file, which is in the order of time."""
    calls, open_calls = [], {}
    with open(path, errors="replace") as lines:
        for number, line in enumerate(lines):
            match = LINE.match(line.rstrip("\n"))
            if not match:
                continue
            pid, rest = match["pid"], match["rest"]
            if (resumed := RESUMED.match(rest)) and pid in open_calls:
                call = open_calls.pop(pid)
                call.arguments += resumed["rest"]
            elif made := CALL.match(rest):
                call = Call(made["name"], made["rest"], number, number, None)
                calls.append(call)
                if rest.endswith(UNFINISHED):
                    open_calls[pid] = call
                    continue
            else:
                continue
            call.ended = number
            result = RESULT.search(rest)
            call.result = int(result["result"]) if result and result["result"] != "?" else None
            call.is_injected = rest.endswith("(INJECTED)")
    return calls


def available():
    return shutil.which("strace") is not None


def threads(pid, name):
    """The numbers of the threads with that name."""
    found = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()
             if (task / "comm").read_text().strip() == name]
    assert found, f"no thread is named {name}"
    return found


def attach(pid, *options, output="/dev/null", only=None):
    """strace on a running process, with all of its threads or those with a name.

    None where that is not allowed.
    """
    whom = ["-f", "-p", str(pid)]
    if only is not None:
        whom = [word for thread in threads(pid, only) for word in ("-p", str(thread))]
    tracer = subprocess.Popen(
        ["strace", *whom, "-o", str(output), *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    # "Process … attached with N threads" is said when all of them are, or a line for each.
    deadline = time.monotonic() + 20
    missing = whom.count("-p")
    while time.monotonic() < deadline:
        line = tracer.stderr.readline()
        missing -= "attached" in line
        if not missing:
            return tracer
        if not line or "not permitted" in line:
            break
    tracer.kill()
    return None
