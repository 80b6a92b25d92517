"""HTTP/1.1 over plain sockets: what is sent is exactly what the test wrote."""

import socket
import time
from dataclasses import dataclass, field


@dataclass
class Reply:
    status: int
    headers: list
    body: bytes
    method: str = "GET"
    url: str = ""
    closed: bool = False
    extra: dict = field(default_factory=dict)

    def header(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def json(self):
        import json

        return json.loads(self.body)


class Wire:
    """One connection. `exchange` sends bytes and reads one answer."""

    def __init__(self, address, timeout=20, source=None):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(address)
        else:
            local = None if source is None else (source, 0)
            self.socket = socket.create_connection(address, timeout, local)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def fill(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def until(self, mark):
        while mark not in self.buffer:
            if not self.fill():
                raise ConnectionError(f"closed after {self.buffer[:200]!r}")
        head, self.buffer = self.buffer.split(mark, 1)
        return head

    def reply(self, method="GET"):
        """Reads one final answer; interim ones are kept in `extra`."""
        interim = []
        while True:
            lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            status = int(lines[0].split(" ", 2)[1])
            headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
            if status >= 200:
                break
            interim.append(status)
        reply = Reply(status, headers, b"", method=method, extra={"interim": interim})
        if method != "HEAD" and status not in (204, 304):
            length = int(reply.header("Content-Length"))
            while len(self.buffer) < length:
                if not self.fill():
                    raise ConnectionError("the answer is cut short")
            reply.body, self.buffer = self.buffer[:length], self.buffer[length:]
        reply.closed = (reply.header("Connection") or "").lower() == "close"
        return reply

    def exchange(self, data, method="GET"):
        self.send(data)
        return self.reply(method)

    def rest(self, timeout=10):
        """Everything up to the end of the connection, which must come; a reset is one."""
        self.socket.settimeout(timeout)
        try:
            while self.fill():
                pass
        except ConnectionError:
            pass
        return self.buffer

    def is_closed(self, timeout=10):
        """Whether the other side ends the connection (a reset counts)."""
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except ConnectionError:
            return True
        except TimeoutError:
            return False


def request(method, target, headers=(), body=b"", host="127.0.0.1"):
    """The bytes of one request; a length is added where there is a body."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers]
    names = {name.lower() for name, _ in headers}
    if (body or method in ("POST", "PUT")) and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(method, target, headers, pieces, host="127.0.0.1"):
    """The bytes of one request whose body comes in `pieces`."""
    fields = [*headers, ("Transfer-Encoding", "chunked")]
    data = request(method, target, fields, host=host)
    for piece in pieces:
        data += b"%x\r\n" % len(piece) + piece + b"\r\n"
    return data + b"0\r\n\r\n"


def refuses(address):
    """Whether nobody listens there."""
    try:
        Wire(address, timeout=2).socket.close()
        return False
    except OSError:
        return True


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.02)
