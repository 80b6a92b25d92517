"""Programs of strangers that wear a server out: wrk with forgeries, and slowhttptest."""

import contextlib
import re
import subprocess

from .signing import sign
from .wire import request


@contextlib.contextmanager
def running(command, folder, name):
    """The process, which ends with the block; what it prints goes to `folder/name`."""
    with open(folder / name, "wb") as output:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=output, cwd=folder)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Forgeries:
    """Deliveries under wrong signatures, over some connections as fast as they go; `depth` of them
    are sent ahead of their answers.
    """

    SCRIPT = """
local forged = io.open("%s", "rb"):read("*a")
request = function() return forged end
done = function(summary) print("answered " .. summary.requests) end
"""

    def __init__(self, folder, sidecar, path, seconds, connections=4, depth=1, size=1000):
        self.folder = folder
        body = b'{"forged": "%s"}' % (b"x" * size)
        (folder / "forged").write_bytes(depth * request(
            "POST", path, sign("github", body, secret="a guess", event_id="forged"), body))
        (folder / "forged.lua").write_text(self.SCRIPT % (folder / "forged"))
        self.command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s",
                        folder / "forged.lua", sidecar.base + path]

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.process = self.stack.enter_context(running(self.command, self.folder, "forged.log"))
        return self

    def __exit__(self, *_):
        self.stack.close()

    def wait(self):
        """How many were answered until the time was up."""
        assert self.process.wait(120) == 0, self.output
        return int(re.search(r"answered (\d+)", self.output)[1])

    @property
    def output(self):
        return (self.folder / "forged.log").read_text(errors="replace")
