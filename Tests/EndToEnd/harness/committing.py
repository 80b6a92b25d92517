"""A consumer that commits what it has handled, whatever is killed meanwhile."""

import threading
import time


class Committer(threading.Thread):
    """Reads pages and commits each; `handled` are the ids of what is committed, in order.

    A commit whose answer a kill took is looked up: the position says whether it was made.
    """

    def __init__(self, sidecar, name):
        super().__init__(daemon=True)
        self.sidecar, self.path = sidecar, f"/v1/consumers/{name}"
        self.handled = []
        self.looked_up = 0
        self.ending = threading.Event()
        sidecar.api.put(self.path, {"start": "earliest"}, expect=201)
        self.start()

    def run(self):
        while not self.ending.is_set():
            page = self.ask("GET", "/events?limit=20&wait=500ms")
            if page is None or not page["data"]:
                continue
            if self.commit(page):
                assert not any("gap" in entry for entry in page["data"])
                self.handled += [entry["event_id"] for entry in page["data"]]

    def commit(self, page):
        body = {"cursor": page["next"], "generation": page["generation"]}
        if self.ask("POST", "/commit", body) is not None:
            return True
        self.looked_up += 1
        while not self.ending.is_set():
            if (consumer := self.ask("GET", "")) is not None:
                return consumer["position"] >= page["data"][-1]["sequence"]
        return False

    def ask(self, method, path, body=None):
        """The answer's JSON; None where nobody was there to give one."""
        try:
            reply = self.sidecar.api.call(method, self.path + path, body, timeout=10)
        except OSError:
            time.sleep(0.02)
            return None
        if reply.status == 503:
            return None
        assert reply.status == 200, reply.body
        return reply.json

    def close(self):
        self.ending.set()
        self.join(30)
