"""Real proxies in front of a sidecar: nginx and HAProxy, each with addresses of its own.

All of 127.0.0.0/8 is this machine, so that a proxy and its clients can differ in their addresses.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

from .sidecar import free_port
from .wire import Wire, request

NGINX_ADDRESS = "127.0.0.5"
HAPROXY_ADDRESS = "127.0.0.6"
# Debian builds the module apart; elsewhere it is a part of nginx.
STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
START_SECONDS = 20


class Proxy:
    """One process, in a directory of its own, without a daemon or a privileged port."""

    program = None

    def __init__(self, directory, upstream, **how):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True)
        self.port = free_port()
        self.upstream = f"unix:{upstream}" if isinstance(upstream, str) else "%s:%d" % upstream
        self.config_path = self.directory / "proxy.conf"
        self.config_path.write_text(self.configuration(**how))
        self.log_path = self.directory / "log"
        self.program = shutil.which(self.program, path=os.environ["PATH"] + ":/usr/sbin")
        assert self.program, f"there is no {type(self).__name__}; scripts/test installs it"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.directory,
            )
        self.wait_ready()

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self.process.poll() is None, self.log
            try:
                Wire(self.address, timeout=2).socket.close()
                return
            except OSError:
                assert time.monotonic() < deadline, self.log
                time.sleep(0.02)

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def post(self, path, body, headers, source=None, method="POST"):
        """One delivery through the proxy, from an address of this machine."""
        with Wire(self.address, source=source) as wire:
            return wire.exchange(request(method, path, headers, body), method)


class Nginx(Proxy):
    """`how`: `header` that is set in HTTP, or `stream` for bytes with a PROXY line in front; `tls`,
    a certificate, where it ends TLS."""

    program = "nginx"

    def command(self):
        return [self.program, "-p", str(self.directory), "-c", str(self.config_path)]

    def configuration(self, header=None, stream=False, tls=None):
        secure = f"""ssl; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate {tls.path}; ssl_certificate_key {tls.key}""" if tls else ""
        bind = "" if self.upstream.startswith("unix:") else f"proxy_bind {NGINX_ADDRESS};"
        module = f"load_module {STREAM_MODULE};" if stream and STREAM_MODULE.exists() else ""
        # As root it would give its workers to another user, who may not come here.
        user = "user root;" if os.geteuid() == 0 else ""
        server = f"""stream {{
  server {{ listen 127.0.0.1:{self.port}; proxy_protocol on; {bind} proxy_pass {self.upstream}; }}
}}"""
        if not stream:
            # What is named unix:/path stands before a colon in a URL.
            upstream = self.upstream + (":" if self.upstream.startswith("unix:") else "")
            server = f"""http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{
    listen 127.0.0.1:{self.port} {secure};
    location / {{ {header} {bind} proxy_pass http://{upstream}; }}
  }}
}}"""
        return f"""{module}
{user}
daemon off; worker_processes 1; pid nginx.pid; error_log nginx-error.log;
events {{ worker_connections 64; }}
{server}
"""


class HAProxy(Proxy):
    """`how`: `mode`, lines of `frontend` and `backend`, and words of the `server` line."""

    program = "haproxy"

    def command(self):
        return [self.program, "-db", "-f", str(self.config_path)]

    def configuration(self, mode="tcp", frontend="", backend="", server=""):
        upstream, source = self.upstream, f"source {HAPROXY_ADDRESS}"
        if upstream.startswith("unix:"):
            upstream, source = "unix@" + upstream.removeprefix("unix:"), ""
        return f"""global
  maxconn 64
  log stderr format raw local0
defaults
  log global
  mode {mode}
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend in
  bind 127.0.0.1:{self.port}
  {frontend}
  default_backend out
backend out
  {backend}
  server sidecar {upstream} {source} {server}
"""
