"""A file system on a disk that remembers what was written and flushed, and loses power at will."""

import os
import shutil
import struct
import subprocess
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "powercut" / "recorder.c"
MEGABYTES = 64
SECTOR = 512
WRITE, FLUSH, MARK = 1, 2, 3


def command(*arguments, check=True):
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True)
    if check and done.returncode != 0:
        raise OSError(f"{' '.join(map(str, arguments))}: {done.stderr.strip() or done.stdout}")
    return done


def compile_recorder(folder):
    """Raises OSError where the machine lacks what it takes."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise OSError("/dev/fuse cannot be opened")
    if not shutil.which("mkfs.ext4"):
        raise OSError("there is no mkfs.ext4")
    flags = command("pkg-config", "--cflags", "--libs", "fuse3").stdout.split()
    compiler = shutil.which("clang") or shutil.which("cc")
    if not compiler:
        raise OSError("there is no C compiler")
    program = Path(folder) / "recorder"
    command(compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, SOURCE, *flags)
    return program


class RecordedDisk:
    """An ext4 on a loop device on the recorder's file; mounted while it is entered."""

    def __init__(self, recorder, folder):
        self.recorder = recorder
        self.folder = Path(folder)
        self.mountpoint = self.folder / "mounted"
        self.log = self.folder / "log"
        self.front = self.folder / "front"
        self.loop = None
        self.process = None
        for path in (self.mountpoint, self.front):
            path.mkdir(parents=True)

    def __enter__(self):
        try:
            self.process = subprocess.Popen(
                [self.recorder, self.folder / "image", self.log, str(MEGABYTES), self.front]
            )
            for _ in range(500):
                if (self.front / "disk").exists():
                    break
                time.sleep(0.01)
            self.loop = command("losetup", "-f", "--show", self.front / "disk").stdout.strip()
            command("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0",
                    self.loop)
            command("mount", self.loop, self.mountpoint)
            # What comes before is the making of the file system, and no power is cut in it.
            self.begin = self.log.stat().st_size
            self.marks = os.open(self.front / "mark", os.O_WRONLY)
        except BaseException:
            self.__exit__()
            raise
        return self

    def mark(self, number):
        """Puts a number behind all that the disk has got so far."""
        os.pwrite(self.marks, str(number).encode(), 0)

    def cut(self):
        """From here on nothing counts: what follows is the unmounting."""
        self.end = self.log.stat().st_size

    def __exit__(self, *_):
        if getattr(self, "marks", None) is not None:
            os.close(self.marks)
            self.marks = None
        command("umount", "-l", self.mountpoint, check=False)
        if self.loop:
            command("losetup", "-d", self.loop, check=False)
        command("umount", "-l", self.front, check=False)
        if self.process:
            self.process.terminate()
            self.process.wait(20)


class Replay:
    """What a recorded disk would hold had the power gone earlier."""

    def __init__(self, disk):
        self.raw = disk.log.read_bytes()
        self.entries = []
        at = 0
        while at < len(self.raw):
            kind, position, length = struct.unpack_from("<QQQ", self.raw, at)
            self.entries.append((kind, position, at + 24, length))
            if at < disk.begin:
                self.first = len(self.entries)
            if at < disk.end:
                self.last = len(self.entries)
            at += 24 + (length if kind == WRITE else 0)
        self.flushed = bytearray(MEGABYTES << 20)
        self.pending = []
        self.mark = 0
        self.position = 0

    @property
    def flushes(self):
        return sum(entry[0] == FLUSH for entry in self.entries[self.first:self.last])

    def advance(self, to):
        """Goes on to an entry; cuts are taken in order."""
        assert to >= self.position
        for kind, position, start, length in self.entries[self.position:to]:
            if kind == WRITE:
                self.pending.append((position, start, length))
            elif kind == MARK:
                self.mark = position
            else:
                for at, source, count in self.pending:
                    self.flushed[at:at + count] = self.raw[source:source + count]
                self.pending = []
        self.position = to

    def write_image(self, path, rng):
        """The flushed, and of what was not flushed any sectors, in any number."""
        image = bytearray(self.flushed)
        for at, source, count in self.pending:
            chance = rng.choice([0, 0.5, 1])
            for offset in range(0, count, SECTOR):
                if rng.random() < chance:
                    end = min(offset + SECTOR, count)
                    image[at + offset:at + end] = self.raw[source + offset:source + end]
        Path(path).write_bytes(image)
