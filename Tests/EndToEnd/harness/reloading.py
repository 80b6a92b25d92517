"""A configuration that is changed while the sidecar runs."""

import json
import signal

from .sidecar import source
from .wire import wait_until

OLD, NEW = "the secret before it", "the secret after it"


def github(*secrets, **more):
    return source("github", verify={"secrets": [f"literal:{text}" for text in secrets]}, **more)


def setting(*keys, value):
    """A change that sets one setting, deep in the configuration."""

    def change(configuration):
        for key in keys[:-1]:
            configuration = configuration.setdefault(key, {})
        configuration[keys[-1]] = value

    return change


class Reloading:
    """One sidecar's file: `write` changes it, `hang_up` has it read, `reload` does both."""

    def __init__(self, sidecar, api=None):
        self.sidecar = sidecar
        self.api = api or sidecar.api

    @property
    def standing(self):
        return self.api.status["configuration"]

    @property
    def sources(self):
        return self.sidecar.configuration["sources"]

    def write(self, change=None):
        """Calls `change` with the configuration, and writes what it has made of it."""
        configuration = json.loads(json.dumps(self.sidecar.configuration))
        if change is not None:
            change(configuration)
        self.sidecar.configuration = configuration
        self.sidecar.config_path.write_text(json.dumps(configuration, indent=2))

    def hang_up(self):
        self.sidecar.process.send_signal(signal.SIGHUP)

    def reload(self, change=None, expect="applied"):
        """Returns what the API says of it, when it is done."""
        self.write(change)
        return self.hang_up_and_wait(expect)

    def hang_up_and_wait(self, expect="applied"):
        before = self.standing["last_reload"]
        self.hang_up()
        wait_until(lambda: self.standing["last_reload"] != before)
        last = self.standing["last_reload"]
        assert last["result"] == expect, last
        return last

    def lines(self, event):
        """The lines of the log for this event, parsed."""
        lines = [json.loads(line) for line in self.sidecar.log.splitlines() if line[:1] == "{"]
        return [line for line in lines if line["event"] == event]
