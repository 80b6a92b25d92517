"""What can be done to a journal by hand, and what may be missing for it.

Each function takes the files of a journal and a segment of another one, does it, and says what it
did.
"""

import random
import shutil
from dataclasses import dataclass, field

from .journal import BATCH_HEAD, BLOCK, overwrite, swap

SECTOR = 512
rng = random.Random(20271)


@dataclass
class Damage:
    """What was done, and what may be missing for it."""

    segment: str
    lost: set
    offset: range | None = None
    # Not more is lost than this; where nothing is said, exactly `lost` is.
    at_most: set = field(default_factory=set)
    # The end of the log itself is gone: how far it had come is not known exactly.
    is_end: bool = False


def of_batches(segment, *batches):
    lost = set().union(*(batch.sequences for batch in batches))
    return Damage(segment.name, lost, range(batches[0].position, batches[-1].end))


# What is done to a journal: each takes its files, and says what it did.


def bytes_across_two_batches(files, _):
    segment = files.segments()[1]
    one, other = segment.full[2:4]
    overwrite(segment.path, one.records[0].body + 1000, rng.randbytes(one.end - one.position))
    return of_batches(segment, one, other)


def one_record_of_a_batch(files, _):
    segment, batch = max(
        ((s, b) for s in files.segments()[:-1] for b in s.full), key=lambda f: len(f[1].records)
    )
    record = batch.records[len(batch.records) // 2]
    overwrite(segment.path, record.body + 4, b"\xff\0\xff\0")
    return Damage(segment.name, {record.sequence}, range(batch.position, record.end))


def the_head_of_a_batch(files, _):
    segment = files.segments()[1]
    overwrite(segment.path, segment.full[3].position, bytes(BATCH_HEAD))
    return of_batches(segment, segment.full[3])


def a_zeroed_sector(files, _):
    segment = files.segments()[1]
    batch = segment.full[1]
    overwrite(segment.path, batch.position + 4 * SECTOR, bytes(SECTOR))
    return of_batches(segment, batch)


def two_sectors_swapped(files, _):
    segment = files.segments()[1]
    batch = segment.full[4]
    swap(segment.path, batch.position + 2 * SECTOR, batch.position + 5 * SECTOR, SECTOR)
    return of_batches(segment, batch)


def two_batches_swapped(files, _):
    segment = files.segments()[1]
    one, other = segment.full[2:4]
    swap(segment.path, one.position, other.position, one.end - one.position)
    damage = of_batches(segment, one, other)
    # Whichever of them can be told to be what it is may be kept.
    damage.at_most, damage.lost = damage.lost, set()
    return damage


def the_head_of_a_segment(files, _):
    segment = files.segments()[1]
    overwrite(segment.path, 0, bytes(BLOCK))
    return Damage(segment.name, segment.sequences, range(1))


def a_sealed_segment_cut_short(files, _):
    segment = files.segments()[1]
    cut = segment.full[4]
    with open(segment.path, "r+b") as file:
        file.truncate(cut.position + 700)
    return of_batches(segment, *segment.full[4:])


def the_first_segment_removed(files, _):
    first, second = files.segments()[:2]
    first.path.unlink()
    return Damage(second.name, first.sequences)


def a_segment_in_the_middle_removed(files, _):
    before, gone, behind = files.segments()[1:4]
    gone.path.unlink()
    return Damage(behind.name, gone.sequences)


def the_newest_segment_removed(files, _):
    before, gone = files.segments()[-2:]
    gone.path.unlink()
    return Damage(before.name, gone.sequences, is_end=True)


def a_stranger_in_the_place_of_a_segment(files, stranger):
    segment = files.segments()[1]
    shutil.copyfile(stranger, segment.path)
    return Damage(segment.name, segment.sequences, range(1))


def a_stranger_behind_the_newest(files, stranger):
    last = files.segments()[-1]
    name = f"{max(last.sequences) + 1:020}-{last.id + 1:016x}.seg"
    shutil.copyfile(stranger, last.path.with_name(name))
    return Damage(name, set(), range(1), is_end=True)


def a_segment_twice(files, _):
    segment, last = files.segments()[1], files.segments()[-1]
    name = f"{max(last.sequences) + 1:020}-{last.id + 1:016x}.seg"
    shutil.copyfile(segment.path, last.path.with_name(name))
    return Damage(name, set(), range(1), is_end=True)


def a_segment_over_another(files, _):
    one, other = files.segments()[1:3]
    shutil.copyfile(one.path, other.path)
    return Damage(other.name, other.sequences, range(1))


def a_batch_of_the_newest_with_others_behind(files, _):
    segment = files.segments()[-1]
    overwrite(segment.path, segment.full[1].position + 100, rng.randbytes(600))
    return of_batches(segment, segment.full[1])


def the_last_batch_before_its_mark(files, _):
    segment = files.segments()[-1]
    assert segment.batches[-1].is_mark
    overwrite(segment.path, segment.full[-1].position + 100, rng.randbytes(600))
    return of_batches(segment, segment.full[-1])


def the_last_two_batches_and_the_mark(files, _):
    """Nothing in the segment proves them any more; EPOCH does."""
    segment = files.segments()[-1]
    damage = of_batches(segment, *segment.full[-2:])
    length = segment.batches[-1].end - damage.offset[0]
    overwrite(segment.path, damage.offset[0], bytes(length))
    damage.is_end = True
    return damage


def the_newest_cut_short(files, _):
    segment = files.segments()[-1]
    damage = of_batches(segment, *segment.full[2:])
    with open(segment.path, "r+b") as file:
        file.truncate(damage.offset[0] + 10)
    damage.is_end = True
    return damage
