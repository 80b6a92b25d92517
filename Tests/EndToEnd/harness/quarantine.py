"""A source that keeps apart what does not verify."""

from .reloading import NEW
from .sidecar import source
from .signing import sign
from .wire import Wire, request, wait_until

BLOCK = 4096
# What one address may have is an eighth of it.
ROOM = 1 << 20


def keeping(secret, profile="github", **more):
    verify = {"secrets": [f"literal:{secret}"], "on_failure": "quarantine",
              "quarantine_bytes": "1MiB", **more.pop("verify", {})}
    return source(profile, verify=verify, **more)


def held(sidecar, count=None, **query):
    """The deliveries that are kept, when there are so many."""
    listed = lambda: sidecar.api.get("/v1/quarantine", **query).json["data"]
    if count is not None:
        wait_until(lambda: len(listed()) >= count)
    found = listed()
    assert count is None or len(found) == count
    return found


def standing(sidecar, name="github"):
    return sidecar.api.status["sources"][name]["quarantine"]


def file_of(sidecar):
    return sidecar.data / "quarantine"


def flood(sidecar, count, address="127.0.0.1", body=b"x", path="/in/github"):
    with Wire(sidecar.ingress_address, source=address) as wire:
        for number in range(count):
            text = body + str(number).encode()
            delivery = request("POST", path, sign("github", text, secret=NEW), text)
            assert wire.exchange(delivery).status == 401
