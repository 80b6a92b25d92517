"""The real binary, in a directory of its own, on ports of its own."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from .api import Api
from .signing import SECRETS, sign
from .wire import Wire, request

START_SECONDS = 60
STOP_SECONDS = 60
SECRET_VARIABLES = {name: name.upper().replace("-", "_") + "_SECRET" for name in SECRETS}
ENVIRONMENT = {SECRET_VARIABLES[name]: secret for name, secret in SECRETS.items()}


def free_port():
    return free_ports(1)[0]


def free_ports(count):
    """Ports that differ: all are held until the last one is known."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def source(profile, path=None, **more):
    verify = {"profile": profile, "secrets": [f"env:{SECRET_VARIABLES[profile]}"]}
    verify.update(more.pop("verify", {}))
    return {"path": path or f"/in/{profile}", "verify": verify, **more}


def all_sources():
    return {name.replace("-", "_"): source(name) for name in SECRETS}


class Sidecar:
    """Starts, stops, kills and asks one sidecar."""

    def __init__(self, binary, directory, description, sources=None, **settings):
        self.binary = str(binary)
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.data = self.directory / "data"
        self.log_path = self.directory / "log"
        ingress, api = free_ports(2)
        self.ingress_address = ("127.0.0.1", ingress)
        self.api_address = ("127.0.0.1", api)
        self.environment = {**os.environ, **ENVIRONMENT}
        self.process = None
        # What stands before the binary, and the descriptors that it gets.
        self.prefix = []
        self.pass_fds = ()
        self.configuration = self.make(sources or all_sources(), settings)
        self.api = Api(self, description)

    def make(self, sources, settings):
        settings = dict(settings)
        ingress = {"listen": ["%s:%d" % self.ingress_address], **settings.pop("ingress", {})}
        ingress["limits"] = {"body_bytes": "1MiB", **ingress.get("limits", {})}
        api = {"listen": ["%s:%d" % self.api_address], **settings.pop("api", {})}
        # Segments as small as tests need: a fresh one is written through before it is used.
        journal = {"segment_bytes": "8MiB", **settings.pop("journal", {})}
        configuration = {
            "ingress": ingress, "api": api, "data": str(self.data), "journal": journal,
            "sources": sources, **settings,
        }
        self.config_path = self.directory / "webhook-sidecar.json5"
        self.config_path.write_text(json.dumps(configuration, indent=2))
        return configuration

    # The process

    def start(self, prefix=(), wait=True):
        assert self.process is None, "already running"
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [*(prefix or self.prefix), self.binary, "run", "--config", str(self.config_path)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment,
            cwd=self.directory, pass_fds=self.pass_fds,
        )
        log.close()
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=START_SECONDS):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            code = self.process.poll()
            assert code is None, f"ended with {code} at start:\n{self.log[-4000:]}"
            try:
                with Wire(self.api_address, timeout=2) as wire:
                    if wire.exchange(request("GET", "/readyz")).status == 200:
                        return
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"not ready after {seconds} s:\n{self.log[-4000:]}")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds=STOP_SECONDS):
        code = self.process.wait(seconds)
        self.process = None
        return code

    def stop(self):
        self.terminate()
        return self.wait()

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.wait()

    def discard(self):
        """Kills it and removes its data, which the tests of a module shared; the log stays."""
        self.kill()
        shutil.rmtree(self.data, ignore_errors=True)

    def restart(self):
        assert self.stop() == 0
        return self.start()

    @property
    def pid(self):
        return self.process.pid

    @property
    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    # Deliveries

    @property
    def base(self):
        return "http://%s:%d" % self.ingress_address

    @property
    def api_base(self):
        if isinstance(self.api_address, str):
            return "unix:" + self.api_address
        return "http://%s:%d" % self.api_address

    def raw(self, data, method="POST"):
        with Wire(self.ingress_address) as wire:
            return wire.exchange(data, method)

    def post(self, path, body, headers, method="POST", expect=None):
        fields = list(headers)
        if not any(name.lower() == "content-type" for name, _ in fields):
            fields.append(("Content-Type", "application/json"))
        reply = self.raw(request(method, path, fields, body), method)
        if expect is not None:
            assert reply.status == expect, (reply.status, reply.body)
        return reply

    def deliver(self, profile, body, path=None, expect=200, **how):
        """Signs and posts one event as its provider does."""
        return self.post(path or f"/in/{profile}", body, sign(profile, body, **how), expect=expect)

    def cli(self, *arguments, **how):
        environment = {**self.environment, "WEBHOOK_SIDECAR_API": self.api_base,
                       **how.pop("env", {})}
        return run_cli(self.binary, *arguments, env=environment, **how)


def run_cli(binary, *arguments, input=None, env=None, cwd=None, timeout=120):
    return subprocess.run(
        [str(binary), *map(str, arguments)], input=input, capture_output=True,
        env=env or {**os.environ, **ENVIRONMENT}, cwd=cwd, timeout=timeout,
        **({"stdin": subprocess.DEVNULL} if input is None else {}),
    )
