"""Random damage to bytes, the same for the same seed."""

import random

# Bytes at which the grammar of HTTP turns.
TURNING = b"\r\n :;,\t0aA/*?#%+-\0\x7f\x80\xff"


def damaged(data, rng: random.Random):
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        if not data:
            break
        at = rng.randrange(len(data))
        what = rng.randrange(7)
        if what == 0:
            data[at] = rng.choice(TURNING)
        elif what == 1:
            data.insert(at, rng.choice(TURNING))
        elif what == 2:
            del data[at]
        elif what == 3:
            data[at] ^= 1 << rng.randrange(8)
        elif what == 4:
            del data[at : at + 8]
        elif what == 5:
            data[at:at] = data[at : at + rng.randint(1, 40)]
        else:
            # A line of it once more, somewhere else.
            lines = bytes(data).split(b"\r\n")
            lines.insert(rng.randrange(len(lines)), rng.choice(lines))
            data = bytearray(b"\r\n".join(lines))
    return bytes(data)
