"""Providers that are polled, and proxies that say what was really delivered."""

import hashlib
import hmac
import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from .sidecar import free_port

SECRET = "whsec_polling_secret_is_text"
KEY = "sk_test_polling_12345"


class Server:
    """An HTTP server on a port of its own, on threads of its own."""

    def __init__(self):
        outer = self
        self.hands = {}

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def do_GET(self):
                self.do(b"")

            def do_POST(self):
                length = int(self.headers.get("Content-Length") or 0)
                self.do(self.rfile.read(length))

            def do(self, body):
                outer.hands[self] = (time.monotonic(), self.path)
                try:
                    outer.answer(self, body)
                finally:
                    del outer.hands[self]

        class Threads(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *arguments):
                pass

        self.server = Threads(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def answer(self, request, body):
        raise NotImplementedError

    def in_hand(self):
        """What is being answered, and for how long: for a test that waits in vain."""
        now = time.monotonic()
        return [(round(now - since, 1), path) for since, path in list(self.hands.values())]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def reply(request, status, body=b"", headers=(), skew=0):
    """An answer with a Date of the provider's own clock."""
    request.send_response_only(status)
    names = {name.lower() for name, _ in headers}
    if "date" not in names:
        request.send_header("Date", http_date(time.time() + skew))
    if "content-type" not in names:
        request.send_header("Content-Type", "application/json")
    for name, value in headers:
        request.send_header(name, value)
    if "content-length" not in names:
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def http_date(seconds):
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(seconds))


class Recorder(Server):
    """Stands in front of the ingress: drops what it is told to, and knows what arrived.

    `reached` holds the ids that the sidecar answered 2xx, `unsure` those that it was asked to take
    and gave no answer for: it may have them, for it was killed in between. `ask_again` delivers
    these once more, as a provider does that got no answer; then each of them is known to be there.
    """

    def __init__(self, target, path, drops=lambda event: False):
        self.target = target
        self.path = path
        self.drops = drops
        self.lock = threading.Lock()
        self.reached, self.unsure, self.lost = set(), set(), set()
        self.cut = []
        super().__init__()

    def answer(self, request, body):
        event = json.loads(body)["id"]
        if self.drops(event):
            with self.lock:
                self.lost.add(event)
            return reply(request, 200)
        status, is_sent = self.forward(request.headers, body)
        with self.lock:
            if status and 200 <= status < 300:
                self.reached.add(event)
            elif is_sent and status is None:
                self.unsure.add(event)
                self.cut.append((event, dict(request.headers), body))
            else:
                self.lost.add(event)
        reply(request, status or 502)

    def ask_again(self):
        """Delivers what was cut off once more, the same bytes under the same signature."""
        with self.lock:
            cut, self.cut = self.cut, []
        for event, fields, body in cut:
            status, _ = self.forward(fields, body)
            assert status == 200, (event, status)
            with self.lock:
                self.unsure.discard(event)
                self.reached.add(event)
        return len(cut)

    def forward(self, fields, body):
        connection = http.client.HTTPConnection(*self.target, timeout=20)
        try:
            connection.connect()
        except OSError:
            return None, False
        try:
            headers = {"Content-Type": fields.get("Content-Type", "application/json"),
                       "Stripe-Signature": fields["Stripe-Signature"]}
            connection.request("POST", self.path, body, headers)
            return connection.getresponse().status, True
        except (OSError, http.client.HTTPException):
            return None, True
        finally:
            connection.close()

    @property
    def seen(self):
        with self.lock:
            return self.reached | self.unsure | self.lost


class Localstripe:
    """localstripe, the way it is: it pushes once, a second later, and lists oldest first."""

    def __init__(self, python=sys.executable):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [python, "-m", "localstripe", "--from-scratch", "--port", str(self.port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                return self.call("GET", "/v1/events?limit=1") and None
            except OSError:
                assert time.monotonic() < deadline, "localstripe does not start"
                time.sleep(0.1)

    def call(self, method, path, form=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            headers = {"Authorization": f"Bearer {KEY}",
                       "Content-Type": "application/x-www-form-urlencoded"}
            connection.request(method, path, urlencode(form or {}), headers)
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, (answer.status, body)
            return json.loads(body) if body else None
        finally:
            connection.close()

    def push_to(self, url):
        self.call("POST", "/_config/webhooks/test", {"url": url, "secret": SECRET})

    def customer(self, number):
        return self.call("POST", "/v1/customers", {"description": f"customer {number}"})

    def events(self):
        """Every event, oldest first."""
        events, after = [], None
        while True:
            query = "limit=100" + (f"&starting_after={after}" if after else "")
            page = self.call("GET", "/v1/events?" + query)
            events += page["data"]
            if not page["has_more"]:
                return events
            after = events[-1]["id"]

    def close(self):
        self.process.kill()
        self.process.wait()


class Stripe(Server):
    """A list of events as Stripe lists them: newest first, `ending_before`, cursors that expire.

    Its misfortunes are drawn with a seed: 429 with Retry-After, answers that are cut, 500.
    """

    def __init__(self, events, misfortune=0.0, skew=0, seed=1, limit=None):
        self.events = events
        self.misfortune = misfortune
        self.skew = skew
        self.limit = limit
        self.random = random.Random(seed)
        self.expired = set()
        self.requests = 0
        self.counts = {"429": 0, "500": 0, "cut": 0, "expired": 0}
        super().__init__()

    def answer(self, request, body):
        self.requests += 1
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return reply(request, 401, b"{}")
        if self.random.random() < self.misfortune:
            return self.fail(request)
        status, answer = self.page(parse_qs(urlsplit(request.path).query))
        reply(request, status, json.dumps(answer).encode(), skew=self.skew)

    def fail(self, request):
        kind = self.random.choice(["429", "500", "cut"])
        self.counts[kind] += 1
        if kind == "429":
            return reply(request, 429, b"{}", [("Retry-After", "1")], skew=self.skew)
        if kind == "500":
            return reply(request, 500, b"oops", skew=self.skew)
        body = json.dumps({"object": "list", "data": [], "has_more": False}).encode()
        reply(request, 200, body[:-5], [("Content-Length", str(len(body)))], skew=self.skew)
        request.close_connection = True

    def page(self, query):
        def first(name):
            return query.get(name, [None])[0]

        limit = min(int(first("limit") or 10), self.limit or 100)
        rows = list(reversed(self.events()))
        since = first("created[gte]")
        if since:
            rows = [row for row in rows if row["created"] >= int(since)]
        cursor = first("ending_before") or first("starting_after")
        if cursor:
            ids = [row["id"] for row in rows]
            is_expired = first("ending_before") in self.expired
            if is_expired or cursor not in ids:
                self.counts["expired"] += 1
                error = {"error": {"code": "resource_missing", "param": "ending_before"}}
                return 404, error
            index = ids.index(cursor)
            if first("ending_before"):
                newer = rows[:index]
                return 200, self.list(newer[-limit:], len(newer) > limit)
            rows = rows[index + 1:]
        return 200, self.list(rows[:limit], len(rows) > limit)

    @staticmethod
    def list(rows, more):
        return {"object": "list", "url": "/v1/events", "data": rows, "has_more": more}


class Ledger:
    """Events of a provider that the test plays itself."""

    def __init__(self, skew=0):
        self.lock = threading.Lock()
        self.rows = []
        self.skew = skew

    def add(self, identifier=None):
        with self.lock:
            number = len(self.rows)
            row = {"id": identifier or f"evt_{number:07d}", "object": "event",
                   "type": "customer.created", "created": int(time.time() + self.skew),
                   "data": {"object": {"id": f"cus_{number}"}}, "pending_webhooks": 1}
            self.rows.append(row)
            return row

    def events(self):
        with self.lock:
            return list(self.rows)


def push(url, row):
    """One delivery as Stripe makes it: the pushed form differs from the listed one."""
    body = json.dumps({**row, "pending_webhooks": 0}).encode()
    now = int(time.time())
    code = hmac.new(SECRET.encode(), b"%d." % now + body, hashlib.sha256).hexdigest()
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        headers = {"Content-Type": "application/json", "Stripe-Signature": f"t={now},v1={code}"}
        connection.request("POST", parts.path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def stripe_source(url, newest_first=True, **cadence):
    """A source that is polled at `url`, by a cadence that tests can wait for."""
    paging = {"kind": "id_cursor", "more": "/has_more"}
    if newest_first:
        paging |= {"param": "ending_before", "from": "first_item", "page_order": "newest_first",
                   "older": "starting_after"}
    else:
        paging |= {"param": "starting_after", "from": "last_item", "page_order": "oldest_first"}
    poll = {
        "kind": "event_log",
        "request": {"url": f"{url}/v1/events?limit=50",
                    "auth": {"bearer": f"literal:{KEY}"},
                    "since": {"param": "created[gte]", "format": "unix_s"}},
        "paging": paging, "items": "/data", "errors": "/error", "id": "/id", "type": "/type",
        "time": {"pointer": "/created", "format": "unix_s"},
        "errors_map": [{"status": 404, "code_at": "/error/code", "code": "resource_missing",
                        "action": "reset_cursor"}],
        "retention": "30d", "min_interval": "1s", "silence": "2s", "cap": "3s", "sweep": "5s",
        "delivery_grace": "4s", "settle": "2s", "overlap": "30s", "daily_budget": 100000,
        **cadence,
    }
    return {"path": "/in/stripe",
            "verify": {"profile": "stripe", "secrets": [f"literal:{SECRET}"]}, "poll": poll}
