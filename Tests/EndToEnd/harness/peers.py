"""Clients that others have written: each delivers signed events, from an address where it can."""

import asyncio
import json
import re
import ssl
import subprocess
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp
import requests
from requests.adapters import HTTPAdapter

from .signing import new_id, sign
from .wire import request

ANY = "127.0.0.1"


@dataclass
class Event:
    body: bytes
    id: str = field(default_factory=new_id)

    @property
    def headers(self):
        return [("Content-Type", "application/json"), *sign("github", self.body, event_id=self.id)]


def run(*command, input=None):
    done = subprocess.run([str(word) for word in command], input=input, capture_output=True,
                          timeout=120)
    assert done.returncode == 0, (command[0], done.returncode, done.stderr[-2000:])
    return done.stdout


def curl(*options):
    """All of them by one process, over one connection where its version of HTTP keeps it."""

    def deliver(url, events, directory, ca, source):
        command = ["curl"]
        for number, event in enumerate(events):
            body = directory / f"body-{number}"
            body.write_bytes(event.body)
            # Behind `--next` nothing holds that was said before it.
            command += ["--next"] * (number > 0) + [
                "-sS", "--interface", source, *(("--cacert", ca) if ca else ()), *options,
                "-o", "/dev/null", "-w", "%{http_code} ", "--data-binary", f"@{body}", url]
            command += [word for pair in event.headers for word in ("-H", ": ".join(pair))]
        return [int(status) for status in run(*command).split()]

    return deliver


def with_requests(is_chunked):
    def deliver(url, events, directory, ca, source):
        class FromSource(HTTPAdapter):
            def init_poolmanager(self, *pool, **how):
                super().init_poolmanager(*pool, source_address=(source, 0), **how)

        with requests.Session() as session:
            session.trust_env = False
            session.verify = str(ca)
            session.mount(url, FromSource())
            return [session.post(url, data=pieces(event.body) if is_chunked else event.body,
                                 headers=dict(event.headers), timeout=60).status_code
                    for event in events]

    return deliver


def pieces(body):
    for start in range(0, len(body), 10_000):
        yield body[start:start + 10_000]


def with_aiohttp(is_chunked):
    """All of them at once."""

    async def in_pieces(body):
        for piece in pieces(body):
            yield piece

    async def all_at_once(url, events, ca, source):
        connector = aiohttp.TCPConnector(
            local_addr=(source, 0), ssl=ssl.create_default_context(cafile=ca) if ca else True)
        async with aiohttp.ClientSession(connector=connector) as session:
            async def one(event):
                data = in_pieces(event.body) if is_chunked else event.body
                async with session.post(url, data=data, headers=event.headers) as reply:
                    await reply.read()
                    return reply.status

            return await asyncio.gather(*map(one, events))

    return lambda url, events, directory, ca, source: asyncio.run(
        all_at_once(url, events, ca, source))


def s_client(*options):
    """A connection for each; TLS alone."""

    def deliver(url, events, directory, ca, source):
        parts = urlsplit(url)
        statuses = []
        for event in events:
            data = request("POST", parts.path, [*event.headers, ("Connection", "close")],
                           event.body, host=parts.netloc)
            # Quiet, it takes its input for bytes and not for commands, and stays until the end.
            output = run("openssl", "s_client", "-connect", parts.netloc, "-bind", f"{source}:0",
                         "-CAfile", ca, "-verify_return_error", "-quiet", *options, input=data)
            statuses += [int(status) for status in re.findall(rb"^HTTP/1\.1 (\d+) ", output)]
        return statuses

    return deliver


def h2load(url, events, directory, ca, source):
    """It sends one request again and again; only the first can be told from the others."""
    (event,) = {event.id: event for event in events}.values()
    (directory / "body").write_bytes(event.body)
    fields = [word for pair in event.headers for word in ("-H", ": ".join(pair))]
    output = run("h2load", "--h1", "-n", len(events), "-c", 4, "-t", 1, *fields,
                 "-d", directory / "body", url).decode()
    good, *bad = map(int, re.search(
        r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", output).groups())
    assert bad == [0, 0, 0] and f"{len(events)} succeeded, 0 failed" in output, output
    return [200] * good


def wrk(url, events, directory, ca, source):
    """It goes round as long as it runs: what has come before is a duplicate."""
    path, host = urlsplit(url).path, urlsplit(url).netloc
    names = []
    for number, event in enumerate(events):
        names.append(directory / f"request-{number}")
        names[-1].write_bytes(request("POST", path, event.headers, event.body, host=host))
    script = directory / "post.lua"
    script.write_text("""
local names = %s
local requests, at = {}, 0
for index, name in ipairs(names) do requests[index] = io.open(name, "rb"):read("*a") end
request = function()
  at = at %% #requests + 1
  return requests[at]
end
done = function(summary)
  local errors = summary.errors
  print(string.format("counted %%d %%d %%d", summary.requests, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
""" % ("{" + ", ".join(json.dumps(str(name)) for name in names) + "}"))
    output = run("wrk", "-t1", "-c4", "-d1s", "-s", script, url).decode()
    answered, other, broken = map(int, re.search(r"counted (\d+) (\d+) (\d+)", output).groups())
    assert (other, broken) == (0, 0) and answered >= len(events), output
    return [200] * len(events)


@dataclass
class Peer:
    deliver: object
    is_plain: bool = True
    # It takes an address that it connects from.
    is_anywhere: bool = True
    # It sends one request only, as often as it is told.
    repeats: bool = False


PEERS = {
    "curl": Peer(curl()),
    "curl in chunks": Peer(curl("-H", "Transfer-Encoding: chunked")),
    "curl that expects 100": Peer(curl("-H", "Expect: 100-continue")),
    "curl over HTTP/1.0": Peer(curl("--http1.0")),
    "requests": Peer(with_requests(False)),
    "requests in chunks": Peer(with_requests(True)),
    "aiohttp": Peer(with_aiohttp(False)),
    "aiohttp in chunks": Peer(with_aiohttp(True)),
    "s_client over TLS 1.2": Peer(s_client("-tls1_2"), is_plain=False),
    "s_client over TLS 1.3": Peer(s_client("-tls1_3"), is_plain=False),
    "h2load": Peer(h2load, is_anywhere=False, repeats=True),
    "wrk": Peer(wrk, is_anywhere=False),
}
