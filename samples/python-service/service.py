#!/usr/bin/env python3
"""A service that pulls verified webhooks from the sidecar beside it.

    python3 service.py http://127.0.0.1:8081 orders

At least once: what was handled and not yet committed when the service died comes again. Key the
work by `idempotency_key`, which is the same every time.
"""

import base64
import json
import os
import sys
import time
from urllib import error, request

PAGE = 100  # Events between two commits: what comes again after a crash.
WAIT_SECONDS = 20  # How long an empty answer is held back; the API takes up to 60.
DELAY_MAX_SECONDS = 20  # Between two attempts while the sidecar does not answer.

# The sidecar is on this machine: no proxy of the environment has a say.
opener = request.build_opener(request.ProxyHandler({}))


class Problem(Exception):
    """An answer other than 2xx (RFC 9457); `kind` is meant for programs."""

    def __init__(self, status, body, retry_after):
        try:
            self.fields = json.loads(body)
        except ValueError:
            self.fields = {}
        self.status = status
        self.retry_after = int(retry_after) if (retry_after or "").isdigit() else None
        self.kind = self.fields.get("type", "").removeprefix("/problems/")
        super().__init__(f"{status} {self.kind}: {self.fields.get('detail', '')}")


def call(method, url, body=None):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token := os.environ.get("WEBHOOK_SIDECAR_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    try:
        sent = request.Request(url, data, headers, method=method)
        with opener.open(sent, timeout=WAIT_SECONDS + 10) as answer:
            return json.load(answer)
    except error.HTTPError as refused:
        with refused:
            body = refused.read()
        raise Problem(refused.code, body, refused.headers.get("Retry-After")) from None


def handle(event):
    """The work. `body` is what the provider signed, byte for byte."""
    if "erased" in event["flags"]:
        # Somebody had its body overwritten: the rest of the event is all there is.
        print("erased", event["sequence"], event["idempotency_key"], flush=True)
        return
    body = base64.b64decode(event["body"])
    print("event", event["sequence"], event["source"], event["event_type"] or "-",
          event["idempotency_key"], len(body), flush=True)


def pull(consumer):
    """Handles a page and commits it: everything of it is done before the position moves."""
    page = call("GET", f"{consumer}/events?limit={PAGE}&wait={WAIT_SECONDS}s")
    for entry in page["data"]:
        if gap := entry.get("gap"):
            # Records that the disk lost. They are said, never skipped: tell a person.
            print("lost", gap["from"], gap["to"], gap["reason"], flush=True)
        else:
            handle(entry)
    if page["data"] or page["has_more"]:
        # The generation tells when another process reads under this name: then 409.
        call("POST", f"{consumer}/commit",
             {"cursor": page["next"], "generation": page["generation"]})


def recover(consumer, problem):
    """Does what an answer asks for before the next read; raises what a person must see to."""
    if problem.status == 404 and problem.kind == "no-such-consumer":
        call("PUT", consumer, {"mode": "cursor", "start": "earliest"})
    elif problem.status == 410:
        # Slower than retention. Say what is lost, and go on with the oldest that is left.
        print("lost", problem.fields["from"], problem.fields["to"], "retention", flush=True)
        call("POST", f"{consumer}/seek", {"to": {"cursor": problem.fields["oldest"]}})
    elif problem.status == 409:
        # Somebody else committed or moved the position, or the journal is another one: the page
        # in hand is void. Nothing is lost; read again from where the sidecar says we stand.
        print(f"reading again: {problem}", file=sys.stderr)
    else:
        raise problem


def run(consumer):
    delay = 0.25
    while True:
        try:
            try:
                pull(consumer)
            except Problem as problem:
                recover(consumer, problem)
                # Two services under one name would chase each other without a pause.
                time.sleep(0.25 if problem.status == 409 else 0)
            delay = 0.25
        except (Problem, OSError) as failure:
            # 5xx, or no answer at all: the sidecar restarts, or its disk is full. It will be back.
            if isinstance(failure, Problem) and failure.status < 500:
                sys.exit(f"the sidecar refuses: {failure}")
            pause = getattr(failure, "retry_after", None) or delay
            print(f"trying again in {pause} s: {failure}", file=sys.stderr)
            time.sleep(min(pause, DELAY_MAX_SECONDS))
            delay *= 2


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        # The consumer is created at the first 404, which also mends a journal that was replaced.
        run(f"{sys.argv[1].rstrip('/')}/v1/consumers/{sys.argv[2]}")
    except KeyboardInterrupt:
        sys.exit(130)
