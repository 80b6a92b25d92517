"""Certificates for tests, made by the openssl command line."""

import contextlib
import os
import socket
import ssl
import subprocess
import time

from .wire import Wire


class Certificate:
    """A certificate and its key in files of a directory; `ca` signs it, or it signs itself."""

    def __init__(self, directory, name, names=("localhost",), ca=None, algorithm=None, options=()):
        directory.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.path, self.key = directory / f"{name}.pem", directory / f"{name}.key"
        command = ["openssl", "req", "-x509", "-noenc", "-subj", f"/CN={name}", "-days", "2",
                   "-keyout", self.key, "-out", self.path, "-newkey",
                   *(algorithm or ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"))]
        entries = [f"DNS:{entry}" for entry in names] + (["IP:127.0.0.1"] if names else [])
        if entries:
            command += ["-addext", "subjectAltName=" + ",".join(entries)]
        if ca is not None:
            command += ["-CA", ca.path, "-CAkey", ca.key, "-addext", "basicConstraints=CA:FALSE"]
        subprocess.run([*map(str, command), *options], check=True, capture_output=True)
        self.key.chmod(0o400)

    def expire(self, ca=None):
        """Makes of a certificate that signs itself one of yesterday, signed by `ca` or as before."""
        signer = ("-CA", ca.path, "-CAkey", ca.key) if ca else ("-key", self.key)
        command = ["openssl", "x509", "-in", self.path, "-days", "-1", "-out", self.path, *signer]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
        return self

    def end(self, moment, ca):
        """Makes of one that signs itself one without names that `ca` has signed and that ends at
        that moment, in seconds since 1970."""
        folder = self.path.parent / f"{self.name}.ca"
        folder.mkdir()
        (folder / "index").write_text("")
        (folder / "config").write_text(
            "[ca]\ndefault_ca=own\n[own]\npolicy=any\nrand_serial=yes\n"
            f"new_certs_dir={folder}\ndatabase={folder}/index\n[any]\ncommonName=supplied\n")
        dates = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(each))
                 for each in (moment - 86400, moment)]
        command = ["openssl", "ca", "-batch", "-notext", "-config", folder / "config", "-md", "sha256",
                   "-ss_cert", self.path, "-cert", ca.path, "-keyfile", ca.key, "-out", self.path,
                   "-startdate", dates[0], "-enddate", dates[1]]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
        return self

    @property
    def pair(self):
        return {"certificate": str(self.path), "private_key": str(self.key)}

    def replace(self, other):
        """Puts the other's files in the place of these, each at once, as renewers do."""
        for ours, theirs in ((self.path, other.path), (self.key, other.key)):
            fresh = ours.with_suffix(".fresh")
            fresh.write_bytes(theirs.read_bytes())
            os.replace(fresh, ours)


def trusting(certificate, client=None, **versions):
    """A client's context that trusts exactly this certificate."""
    context = ssl.create_default_context(cafile=str(certificate.path))
    if client is not None:
        context.load_cert_chain(client.path, client.key)
    for name, value in versions.items():
        setattr(context, name, value)
    return context


class SecureWire:
    """The same as `Wire`, over TLS."""

    def __new__(cls, address, context, name="localhost", timeout=20):
        wire = Wire(address, timeout)
        try:
            wire.socket = context.wrap_socket(wire.socket, server_hostname=name)
        except BaseException:
            wire.socket.close()
            raise
        return wire


class Engine:
    """A client whose bytes of the wire are the test's to send: cut, late, or not at all."""

    def __init__(self, address, context, name="localhost"):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        self.socket = socket.create_connection(address, timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def pump(self, piece=1 << 20):
        data = self.outgoing.read()
        for start in range(0, len(data), piece):
            self.socket.sendall(data[start:start + piece])

    def receive(self):
        data = self.socket.recv(65536)
        if data:
            self.incoming.write(data)
        else:
            self.incoming.write_eof()

    def run(self, verb, *arguments, piece=1 << 20):
        """Does it, moving bytes as long as it wants some."""
        while True:
            try:
                result = verb(*arguments)
            except ssl.SSLWantReadError:
                self.pump(piece)
                self.receive()
                continue
            self.pump(piece)
            return result

    def shake_hands(self, piece=1 << 20):
        self.run(self.tls.do_handshake, piece=piece)
        return self

    def records(self, data):
        """The bytes of the wire of `data`, not sent."""
        self.tls.write(data)
        return self.outgoing.read()

    def read_all(self):
        """What comes until the other side's goodbye; an end without one raises."""
        received = b""
        while True:
            with contextlib.suppress(ssl.SSLZeroReturnError):
                data = self.run(self.tls.read, 65536)
                if data:
                    received += data
                    continue
            return received
