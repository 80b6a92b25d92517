"""A small disk of its own, that can be filled and freed."""

import os
import subprocess
from pathlib import Path


class Disk:
    """A tmpfs; what fills it is one file."""

    def __init__(self, path, size):
        self.path = Path(path)
        self.path.mkdir(parents=True)
        self.ballast = self.path / "ballast"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(self.path)],
            capture_output=True, text=True,
        )
        if done.returncode != 0:
            raise OSError(done.stderr.strip())

    @property
    def free(self):
        found = os.statvfs(self.path)
        return found.f_bavail * found.f_frsize

    def fill(self, leaving=0):
        """Takes what is free, but for so many bytes; more where that has become free since."""
        with open(self.ballast, "ab") as file:
            while (free := self.free - leaving) > 0:
                try:
                    file.write(bytes(min(free, 1 << 20)))
                    file.flush()
                except OSError:
                    return

    def clear(self):
        self.ballast.unlink(missing_ok=True)

    def unmount(self):
        subprocess.run(["umount", "-l", str(self.path)], capture_output=True, check=False)
