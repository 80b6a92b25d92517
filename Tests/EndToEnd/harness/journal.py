"""Reads a journal's files as docs/Journal.md tells it, to know where to do damage."""

import hashlib
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path

BLOCK = 4096
BATCH_HEAD = RECORD_HEAD = 64
MARK, SEAL, CLEAN = 1, 2, 4
SEGMENT = re.compile(r"^\d{20}-[0-9a-f]{16}\.seg$")


@dataclass
class Record:
    sequence: int
    start: int
    end: int
    body: int  # Where it begins, in the file.
    body_bytes: int


@dataclass
class Batch:
    position: int
    end: int
    number: int
    first: int
    flags: int
    durable: int
    records: list = field(default_factory=list)

    @property
    def is_mark(self):
        return bool(self.flags & MARK)

    @property
    def sequences(self):
        return {record.sequence for record in self.records}


class Segment:
    """One file: its header, and its batches up to where they end."""

    def __init__(self, path):
        self.path = Path(path)
        data = self.path.read_bytes()
        assert data[:8] == b"WRJSEG\0\1", f"{path} is not a segment"
        self.uuid = data[32:48]
        self.id, self.salt, self.base, number = struct.unpack_from("<QQQQ", data, 48)
        self.capacity = struct.unpack_from("<q", data, 80)[0]
        self.batches = []
        at = BLOCK
        while at + BATCH_HEAD <= len(data) and data[at:at + 4] == b"WRJB":
            batch = read_batch(data, at)
            if batch.number != number:
                break  # Of an earlier life of this file.
            self.batches.append(batch)
            if batch.is_mark:
                break
            number += 1
            at = batch.end

    @property
    def name(self):
        return self.path.name

    @property
    def full(self):
        """The batches that hold records."""
        return [batch for batch in self.batches if not batch.is_mark]

    @property
    def sequences(self):
        return set().union(*(batch.sequences for batch in self.full))

    @property
    def end(self):
        return self.full[-1].end if self.full else BLOCK


def read_batch(data, at):
    number, first = struct.unpack_from("<QQ", data, at + 8)
    count, payload = struct.unpack_from("<II", data, at + 24)
    durable = struct.unpack_from("<Q", data, at + 40)[0]
    flags = struct.unpack_from("<H", data, at + 60)[0]
    blocks = (BATCH_HEAD + payload + BLOCK - 1) // BLOCK
    batch = Batch(at, at + blocks * BLOCK, number, first, flags, durable)
    record = at + BATCH_HEAD
    for index in range(count):
        total = struct.unpack_from("<I", data, record)[0]
        body, meta = struct.unpack_from("<II", data, record + 40)
        batch.records.append(
            Record(first + index, record, record + total, record + RECORD_HEAD + meta, body)
        )
        record += total
    return batch


class Files:
    """The journal in a data directory, while nobody writes to it."""

    def __init__(self, data):
        self.root = Path(data) / "journal"

    def segments(self, folder="log"):
        """Oldest first; those without a readable header are left out by the caller."""
        found = sorted(p for p in (self.root / folder).iterdir() if SEGMENT.match(p.name))
        return sorted((Segment(path) for path in found), key=lambda segment: segment.id)

    def hashes(self):
        """What every file is: to say afterwards which ones have changed."""
        return {
            str(path.relative_to(self.root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.root.rglob("*")) if path.is_file()
        }


def overwrite(path, at, data):
    """As `dd conv=notrunc` does it."""
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


def swap(path, first, second, length):
    """Exchanges two ranges of a file."""
    with open(path, "r+b") as file:
        file.seek(first)
        one = file.read(length)
        file.seek(second)
        other = file.read(length)
        file.seek(first)
        file.write(other)
        file.seek(second)
        file.write(one)
    assert one != other, "nothing was swapped"
