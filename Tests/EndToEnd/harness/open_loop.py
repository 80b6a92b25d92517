"""A source that sends by its own clock, whatever the answers do.

Where each request waits for the answer before it, as in harness.load, a server that stands still
for a second spoils one request; a provider would have sent hundreds, and all would have waited.
"""

import asyncio
import json
import math
import threading
from collections import Counter, deque

from .load import header
from .signing import new_id, sign
from .wire import request


class OpenLoop:
    """`rate` deliveries a second for so many seconds, over `connections` that stay open.

    The time of a delivery counts from when it was due, whatever kept it from being sent.
    """

    def __init__(self, address, rate, seconds, path="/in/github", size=200, connections=64):
        self.address = address
        self.rate, self.path, self.size = rate, path, size
        self.made = [self.make() for _ in range(int(rate * seconds))]
        self.statuses = Counter()
        self.times = []
        # How late the sender itself was, where a connection was free.
        self.lateness = []
        # Sent, and the connection ended before the answer.
        self.lost = 0
        self.free = deque()
        self.waiting = deque()
        self.pending = 0
        self.connections = connections
        self.failure = None
        self.acknowledged = {}

    def make(self):
        delivery = new_id()
        body = json.dumps({"id": delivery, "padding": "x" * self.size}).encode()
        return delivery, request("POST", self.path, sign("github", body, event_id=delivery), body)

    def __enter__(self):
        """Sends on a thread of its own, beside what the test does meanwhile."""
        self.thread = threading.Thread(target=self.run_guarded)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join()
        if self.failure is not None:
            raise self.failure

    def run_guarded(self):
        try:
            asyncio.run(self.run())
        except Exception as failure:  # noqa: BLE001: the test raises it
            self.failure = failure

    async def run(self):
        self.loop = asyncio.get_running_loop()
        for _ in range(self.connections):
            await self.open()
        self.pending = len(self.made)
        self.finished = asyncio.Event()
        began = self.loop.time() + 0.05
        for number, made in enumerate(self.made):
            due = began + number / self.rate
            while (delay := due - self.loop.time()) > 0:
                await asyncio.sleep(delay)
            self.dispatch(due, made)
        await asyncio.wait_for(self.finished.wait(), 60)
        for line in self.free:
            line.transport.close()

    async def open(self):
        await self.loop.create_connection(lambda: Line(self), *self.address)

    def dispatch(self, due, made):
        while self.free:
            line = self.free.popleft()
            if not line.transport.is_closing():
                self.lateness.append(self.loop.time() - due)
                return line.send(due, made)
        self.waiting.append((due, made))

    def answered(self, line, due, delivery, status, event):
        self.statuses[status] += 1
        if 200 <= status < 300:
            self.acknowledged[delivery] = event
        self.times.append(self.loop.time() - due)
        self.release(line)
        self.count()

    def release(self, line):
        if line.transport.is_closing():
            return
        if self.waiting:
            line.send(*self.waiting.popleft())
        else:
            self.free.append(line)

    def dropped(self, was_sending):
        if was_sending:
            self.lost += 1
            self.count()
        if self.pending:
            asyncio.ensure_future(self.open())

    def count(self):
        self.pending -= 1
        if self.pending == 0:
            self.finished.set()

    # What came of it

    @property
    def accepted(self):
        return len(self.acknowledged) / len(self.made)

    def percentile(self, share, of=None):
        """In seconds; what got no answer took longer than any time."""
        if of is None:
            of = self.times + [math.inf] * (len(self.made) - len(self.times))
        return sorted(of)[min(len(of) - 1, int(share * len(of)))]

    @property
    def summary(self):
        late = self.percentile(0.99, self.lateness) * 1e3
        p50, p99, longest = (self.percentile(share) * 1e3 for share in (0.5, 0.99, 1))
        return (f"{len(self.made)} at {self.rate} a second: {dict(self.statuses)}, "
                f"{self.lost} lost, p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {longest:.0f} ms; "
                f"sender late by {late:.1f} ms at p99")


class Line(asyncio.Protocol):
    """One connection, and one delivery on it at a time."""

    def __init__(self, sender):
        self.sender = sender
        self.data = b""
        self.hand = None

    def connection_made(self, transport):
        self.transport = transport
        self.sender.release(self)

    def send(self, due, made):
        delivery, data = made
        self.hand = due, delivery
        self.transport.write(data)

    def data_received(self, data):
        self.data += data
        head, mark, rest = self.data.partition(b"\r\n\r\n")
        if not mark:
            return
        head = head.decode("latin-1")
        length = int(header(head, "content-length") or 0)
        if len(rest) < length:
            return
        (due, delivery), self.hand, self.data = self.hand, None, rest[length:]
        status = int(head.split(" ", 2)[1])
        if (header(head, "connection") or "").lower() == "close":
            self.transport.close()
        self.sender.answered(self, due, delivery, status, header(head, "webhook-receiver-event"))

    def connection_lost(self, _):
        self.sender.dropped(self.hand is not None)
