"""A client of the API that believes nothing: each answer is held to the description."""

import json
from urllib.parse import urlencode

from .wire import Wire, request


class Api:
    def __init__(self, sidecar, description, token=None):
        self.sidecar = sidecar
        self.description = description
        self.token = token

    def with_token(self, token):
        return Api(self.sidecar, self.description, token)

    def call(self, method, target, body=None, headers=(), host=None, timeout=90, expect=None):
        fields = list(headers)
        if self.token is not None and not any(n.lower() == "authorization" for n, _ in fields):
            fields.append(("Authorization", f"Bearer {self.token}"))
        data = b""
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            if not any(name.lower() == "content-type" for name, _ in fields):
                fields.append(("Content-Type", "application/json"))
        address = self.sidecar.api_address
        if host is None:
            host = "localhost" if isinstance(address, str) else f"{address[0]}:{address[1]}"
        with Wire(address, timeout=timeout) as wire:
            reply = wire.exchange(request(method, target, fields, data, host=host), method)
        self.description.judge(method, target, reply)
        if expect is not None:
            assert reply.status == expect, f"{method} {target}: {reply.status} {reply.body[:500]}"
        return reply

    def get(self, path, expect=200, headers=(), **query):
        pairs = urlencode([(k.rstrip("_"), v) for k, v in query.items()], doseq=True)
        return self.call(
            "GET", path + ("?" + pairs if pairs else ""), headers=headers, expect=expect
        )

    def put(self, path, body, expect=None):
        return self.call("PUT", path, body, expect=expect)

    def post(self, path, body, expect=200):
        return self.call("POST", path, body, expect=expect)

    def delete(self, path, expect=204):
        return self.call("DELETE", path, expect=expect)

    def events(self, **query):
        """Every event that the query matches, over as many pages as it takes."""
        found, after = [], {}
        while True:
            page = self.get("/v1/events", **query, **after).json
            found += page["data"]
            if not page["has_more"]:
                return found
            assert page["next"] != after.get("after"), "a page with more behind it must move on"
            after = {"after": page["next"]}

    def body(self, event):
        return self.get(f"/v1/events/{event['id']}/body").body

    @property
    def status(self):
        return self.get("/v1/status").json
