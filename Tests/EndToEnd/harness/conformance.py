"""The requests of Fixtures/http/conformance.json as bytes for a socket."""

import json
from dataclasses import dataclass
from pathlib import Path

from .signing import sign

FILE = Path(__file__).resolve().parents[2] / "Fixtures" / "http" / "conformance.json"


@dataclass
class Case:
    family: str
    rule: str
    name: str
    send: object
    answers: list
    closes: bool
    method: str = "POST"
    body: str = '{"a": 1}'
    # The last answer comes before the body, which is never sent.
    by_head: bool = False

    @property
    def id(self):
        return f"{self.family}: {self.name}"

    def bytes(self):
        """Each time under new ids, so that no delivery is a duplicate of another case's."""
        parts = [self.send] if isinstance(self.send, str) else self.send
        text = "".join(part if isinstance(part, str) else part[0] * part[1] for part in parts)
        pieces = text.split("{signed}")
        signed = [self.signature() for _ in pieces[1:]] + [""]
        joined = "".join(piece + lines for piece, lines in zip(pieces, signed))
        return joined.encode("latin-1")

    def signature(self):
        pairs = sign("github", self.body.encode())
        return "".join(f"{name}: {value}\r\n" for name, value in pairs)


def cases():
    return [Case(**case) for case in json.loads(FILE.read_text())["cases"]]
