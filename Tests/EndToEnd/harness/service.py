"""A local service that events are relayed to; it behaves as badly as a test wants."""

import socket
import threading
import time
from collections import Counter
from pathlib import Path


class Delivery:
    """One request as it arrived."""

    def __init__(self, service, line, headers, body, number):
        self.service = service
        self.method, self.target, _ = line.split(" ", 2)
        self.headers = headers
        self.body = body
        self.number = number
        self.at = time.monotonic()

    def values(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        values = self.values(name)
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def event(self):
        return self.header("webhook-id")

    @property
    def attempt(self):
        return int(self.header("Webhook-Receiver-Attempt"))


def answer(status, fields=(), body=b"", reason="Whatever"):
    lines = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class Service:
    """Serves each connection on a thread; `behave` says what each delivery gets.

    An answer is a status, bytes to send as they are, or a function of the socket.
    """

    def __init__(self, behave=lambda delivery: 204, address=None):
        self.behave = behave
        self.deliveries = []
        self.taken = Counter()
        self.connections = 0
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.open = set()
        self.address = address
        self.listener = None
        self.start()

    def start(self):
        """Listens where it listened before."""
        if isinstance(self.address, (str, Path)):
            Path(self.address).unlink(missing_ok=True)
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(self.address))
        else:
            self.listener = socket.socket()
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind(self.address or ("127.0.0.1", 0))
            self.address = self.listener.getsockname()
        self.listener.listen(512)
        self.stopping.clear()
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        """Away: connections are closed, and new ones refused."""
        self.stopping.set()
        try:
            # Wakes the thread that accepts; a close alone would let it take one more.
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        with self.lock:
            for connection in list(self.open):
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    @property
    def url(self):
        if isinstance(self.address, (str, Path)):
            return f"unix:{self.address}:/hooks"
        return "http://%s:%d/hooks" % self.address

    def accept(self, listener):
        while not self.stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if self.stopping.is_set():
                connection.close()
                return
            with self.lock:
                self.connections += 1
                self.open.add(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            connection.settimeout(120)
            rest = b""
            while True:
                delivery, rest = self.read(connection, rest)
                if delivery is None:
                    return
                what = self.behave(delivery)
                if isinstance(what, int):
                    if 200 <= what < 300:
                        with self.lock:
                            self.taken[delivery.event] += 1
                    connection.sendall(answer(what))
                elif isinstance(what, bytes):
                    connection.sendall(what)
                else:
                    what(connection)
                    return
        except OSError:
            pass
        finally:
            with self.lock:
                self.open.discard(connection)
            connection.close()

    def read(self, connection, data):
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None, b""
            data += more
        head, rest = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
        length = int(next((v for k, v in headers if k.lower() == "content-length"), "0"))
        while len(rest) < length:
            more = connection.recv(65536)
            if not more:
                return None, b""
            rest += more
        with self.lock:
            number = len(self.deliveries)
            delivery = Delivery(self, lines[0], headers, rest[:length], number)
            self.deliveries.append(delivery)
        return delivery, rest[length:]

    # Looking

    def of(self, event):
        with self.lock:
            return [delivery for delivery in self.deliveries if delivery.event == event]

    def wait(self, condition, seconds=30, what="the deliveries"):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self.lock:
                if condition(self):
                    return
            time.sleep(0.02)
        raise AssertionError(f"{what} did not come: {len(self.deliveries)} deliveries so far")

    def wait_taken(self, events, seconds=30):
        events = set(events)
        self.wait(lambda s: events <= s.taken.keys(), seconds, f"all of {len(events)} events")


# What a service may do besides answering

def close(connection):
    connection.close()


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def hang(connection):
    try:
        while connection.recv(65536):
            pass
    except OSError:
        pass


def garbage(connection):
    connection.sendall(b"\x16\x03\x01SSH-2.0-nonsense\r\n\x00\xff" * 8)


def endless(connection):
    connection.sendall(b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    while True:
        connection.sendall(chunk)


def drip(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    for _ in range(10000):
        connection.sendall(b"x")
        time.sleep(0.3)


def wrong_framing(connection):
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello, "
    )


def wrong_chunk(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n")


def cut(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
    connection.close()


def huge_head(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-Filler: " + b"y" * (1 << 20) + b"\r\n\r\n")
