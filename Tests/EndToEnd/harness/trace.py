"""Reads `strace -f -ttt`: which call began and returned when, in the order of the file."""

import re
import shutil
import subprocess
import time
from dataclasses import dataclass

LINE = re.compile(r"^(?:\[pid +)?(?P<pid>\d+)\]? +(?P<time>\d+\.\d+) (?P<rest>.*)$")
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
    return calls


def available():
    return shutil.which("strace") is not None


def attach(pid, *options, output="/dev/null"):
    """strace on a running process, with all of its threads; None where that is not allowed."""
    tracer = subprocess.Popen(
        ["strace", "-f", "-p", str(pid), "-o", str(output), *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    # "Process … attached with N threads" is said when all of them are.
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        line = tracer.stderr.readline()
        if "attached" in line:
            return tracer
        if not line or "not permitted" in line:
            break
    tracer.kill()
    return None
