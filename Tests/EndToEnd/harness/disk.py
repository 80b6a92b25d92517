"""A small disk of its own, that can be filled and freed."""

import os
import subprocess
from pathlib import Path


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(done.stderr.strip())


class Disk:
    """A tmpfs; what fills it is one file."""

    def __init__(self, path, size):
        self.path = Path(path)
        self.path.mkdir(parents=True)
        self.ballast = self.path / "ballast"
        self.make(size)

    def make(self, size):
        run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.path)

    @property
    def free(self):
        found = os.statvfs(self.path)
        return found.f_bavail * found.f_frsize

    def fill(self, leaving=0):
        """Takes what is free, but for so many bytes; more where that has become free since."""
        with open(self.ballast, "ab", buffering=0) as file:
            while (free := self.free - leaving) > 0:
                try:
                    file.write(bytes(min(free, 1 << 20)))
                except OSError:
                    return

    def clear(self):
        self.ballast.unlink(missing_ok=True)

    def unmount(self):
        subprocess.run(["umount", "-l", str(self.path)], capture_output=True, check=False)


class Image(Disk):
    """An ext4 in a file behind a loop device; the device can be made to fail, and be mended."""

    def make(self, size):
        self.image = self.path.parent / "image"
        run("truncate", "-s", size, self.image)
        # Nothing kept back for root, who the tests may be.
        run("mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0", self.image)
        self.mount()

    def mount(self):
        run("mount", "-o", "loop", self.image, self.path)

    def fail(self):
        """No write reaches the file any more: each is an I/O error of the device."""
        os.sync()
        run("chattr", "+i", self.image)
        probe = os.open(self.path / "probe", os.O_CREAT | os.O_WRONLY)
        try:
            os.write(probe, b"x")
            os.fsync(probe)
        except OSError:
            return
        finally:
            os.close(probe)
        self.mend()
        raise OSError("an immutable file is written to behind a loop device")

    def mend(self):
        run("chattr", "-i", self.image)

    def unmount(self):
        super().unmount()
        subprocess.run(["chattr", "-i", str(self.image)], capture_output=True, check=False)
