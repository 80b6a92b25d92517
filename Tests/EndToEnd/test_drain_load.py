"""SIGTERM under load: who has asked is answered, nobody is cut off, and every 2xx is durable."""

import asyncio
import random
from collections import Counter

import pytest

from harness.load import header
from harness.signing import new_id, sign
from harness.wire import request
from test_crash import assert_the_journal_is_sound

CONNECTIONS = 64
ROUNDS = {"fast": 3, "whole": 8, "campaign": 40}
# As long as requests in hand may take after the signal; docs/Operations.md says so.
DEADLINE_SECONDS = 20


class Client:
    """One connection until the sidecar ends it; `ends` counts how it did."""

    def __init__(self, address, ends, acknowledged, sent, pause):
        self.address, self.ends, self.pause = address, ends, pause
        self.acknowledged, self.sent = acknowledged, sent

    async def run(self):
        reader, writer = await asyncio.open_connection(*self.address)
        try:
            while True:
                head = await self.ask(reader, writer)
                if head is None:
                    return
                if (header(head, "connection") or "").lower() == "close":
                    # Nothing follows, and the end is one that a client can tell from a failure.
                    self.ends["told, then closed" if await reader.read() == b"" else "more"] += 1
                    return
                if self.pause and await self.rest(reader):
                    self.ends["closed at rest"] += 1
                    return
        except ConnectionError:
            self.ends["reset"] += 1
        finally:
            writer.close()

    async def ask(self, reader, writer):
        delivery = new_id()
        body = delivery.encode() * 8
        self.sent[delivery] = body
        data = request("POST", "/in/github", sign("github", body, event_id=delivery), body)
        writer.write(data)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            await reader.readexactly(int(header(head, "content-length") or 0))
        except asyncio.IncompleteReadError:
            self.ends["closed without the answer"] += 1
            return None
        assert head.startswith("HTTP/1.1 200 "), head
        self.acknowledged[delivery] = header(head, "webhook-receiver-event")
        return head

    async def rest(self, reader):
        """Whether the connection ended while nothing was asked."""
        try:
            return await asyncio.wait_for(reader.read(1), random.uniform(0, self.pause)) == b""
        except TimeoutError:
            return False


async def under_load(sidecar, seconds, pause, acknowledged, sent):
    ends, goal = Counter(), len(acknowledged) + 2 * CONNECTIONS
    clients = [asyncio.create_task(
        Client(sidecar.ingress_address, ends, acknowledged, sent, pause).run())
        for _ in range(CONNECTIONS)]
    while len(acknowledged) < goal:
        await asyncio.sleep(0.01)
    await asyncio.sleep(seconds)
    sidecar.terminate()
    await asyncio.wait_for(asyncio.gather(*clients), DEADLINE_SECONDS)
    return ends


# Those that ask again at once, and those that take their time: a connection at rest is closed.
@pytest.mark.parametrize("pause", [0, 0.3], ids=["busy", "at rest now and then"])
def test_sigterm_under_load_answers_everybody(make_sidecar, effort, tally, pause):
    sidecar = make_sidecar(start=False)
    acknowledged, sent, ends = {}, {}, Counter()
    for number in range(ROUNDS[effort]):
        sidecar.start()
        before = len(acknowledged)
        seconds = random.Random(number).uniform(0.1, 0.5)
        ends += asyncio.run(under_load(sidecar, seconds, pause, acknowledged, sent))
        assert sidecar.wait(DEADLINE_SECONDS) == 0
        assert len(acknowledged) > before
    tally(f"{ROUNDS[effort]} drains of {CONNECTIONS} connections: {dict(ends)}, "
          f"{len(acknowledged)} acknowledged")
    assert ends["more"] == 0, ends
    if not pause:
        # Each was told that it was the last answer, but for who was slow to ask again after one.
        assert ends["reset"] == 0, ends
        assert ends["told, then closed"] >= 0.95 * ROUNDS[effort] * CONNECTIONS, ends
    assert sum(ends.values()) == ROUNDS[effort] * CONNECTIONS
    assert_the_journal_is_sound(sidecar)
    sidecar.start()
    stored = {event["event_id"]: event for event in sidecar.api.events(limit=1000, body="none")}
    # What was stored was answered, too: who was closed without an answer had not been read.
    assert stored.keys() == acknowledged.keys()
    assert all(stored[delivery]["id"] == event for delivery, event in acknowledged.items())
    for delivery in random.Random(7).sample(sorted(stored), 50):
        assert sidecar.api.body(stored[delivery]) == sent[delivery]
    assert "recovered after a crash" not in sidecar.log
