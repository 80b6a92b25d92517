"""Many connections at once, and a memory of what each delivery was answered."""

import asyncio
import json
import threading
from contextlib import contextmanager

from .signing import new_id, sign
from .wire import request


class Load:
    """Deliveries of unique ids; those without an answer are sent again in the next run."""

    def __init__(self, path="/in/github", size=200, pause=0):
        self.path = path
        self.size = size
        self.pause = pause  # Of each connection behind each answer, in seconds.
        self.acknowledged = {}
        self.sent = {}
        self.unanswered = []
        self.other = []

    def make(self):
        delivery = new_id()
        body = json.dumps({"id": delivery, "padding": "x" * self.size}).encode()
        data = request("POST", self.path, sign("github", body, event_id=delivery), body)
        self.sent[delivery] = body
        return delivery, data

    async def connection(self, address, until):
        while not until.is_set():
            try:
                reader, writer = await asyncio.open_connection(*address)
            except OSError:
                return
            try:
                while not until.is_set():
                    delivery, data = self.unanswered.pop() if self.unanswered else self.make()
                    try:
                        writer.write(data)
                        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                    except (OSError, asyncio.IncompleteReadError):
                        self.unanswered.append((delivery, data))
                        return
                    except asyncio.CancelledError:
                        self.unanswered.append((delivery, data))
                        raise
                    self.note(delivery, data, head)
                    length = header(head, "content-length")
                    if length and int(length):
                        try:
                            await reader.readexactly(int(length))
                        except (OSError, asyncio.IncompleteReadError):
                            return
                    if (header(head, "connection") or "").lower() == "close":
                        break
                    if self.pause:
                        await asyncio.sleep(self.pause)
            finally:
                writer.close()

    async def once(self, address, connections):
        """One delivery over each connection, all at once."""
        opened = [await asyncio.open_connection(*address) for _ in range(connections)]
        made = [self.make() for _ in opened]
        for (_, writer), (_, data) in zip(opened, made, strict=True):
            writer.write(data)
        for (reader, writer), (delivery, data) in zip(opened, made, strict=True):
            self.note(delivery, data, (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            writer.close()

    def note(self, delivery, data, head):
        status = int(head.split(" ", 2)[1])
        if status == 200:
            self.acknowledged[delivery] = header(head, "webhook-receiver-event")
        else:
            self.other.append(status)
            self.unanswered.append((delivery, data))

    async def run(self, address, connections, seconds, then):
        """Sends over all connections for so long, and then calls `then` in their midst."""
        async def wait():
            await asyncio.sleep(seconds)
            then()

        await self.run_until(address, connections, wait())

    @contextmanager
    def running(self, address, connections):
        """Sends over all connections, beside what the test does meanwhile."""
        end, failures = threading.Event(), []

        async def wait():
            while not end.is_set():
                await asyncio.sleep(0.01)

        def work():
            try:
                asyncio.run(self.run_until(address, connections, wait()))
            except Exception as failure:
                failures.append(failure)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()
        if failures:
            raise failures[0]

    async def run_until(self, address, connections, end):
        until = asyncio.Event()
        tasks = [asyncio.create_task(self.connection(address, until)) for _ in range(connections)]
        await end
        until.set()
        _, pending = await asyncio.wait(tasks, timeout=10)
        for task in pending:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(result, asyncio.CancelledError):
                raise result


def header(head, name):
    for line in head.split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.lower() == name:
            return value.strip()
    return None
