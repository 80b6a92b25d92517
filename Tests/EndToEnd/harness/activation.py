"""Starts a program with sockets that are open already, as systemd does (sd_listen_fds(3)).

    activation.py NAMES DESCRIPTORS PROGRAM ARGUMENT…

NAMES has a colon between two, DESCRIPTORS a comma. The variables that a test has set stand.
"""

import fcntl
import os
import socket
import sys
from pathlib import Path

FIRST = 3
AWAY = 200


def main(names, descriptors, *command):
    # First out of the way: one must not be written over before it is moved.
    held = [fcntl.fcntl(int(each), fcntl.F_DUPFD, AWAY) for each in descriptors.split(",") if each]
    os.closerange(FIRST, AWAY)
    for place, descriptor in enumerate(held):
        os.dup2(descriptor, FIRST + place)
        os.close(descriptor)
    passed = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(held)),
              "LISTEN_FDNAMES": names}
    os.execve(command[0], command, {**passed, **os.environ})


class Sockets:
    """What a socket unit holds: named sockets that outlive the sidecar."""

    def __init__(self, **named):
        self.named = named

    @property
    def list(self):
        return [(name, each) for name, some in self.named.items()
                for each in (some if isinstance(some, list) else [some])]

    def pass_to(self, sidecar, **environment):
        """Has the sidecar start with them, now and each time that it is started again."""
        names = environment.pop("LISTEN_FDNAMES", ":".join(name for name, _ in self.list))
        numbers = [each.fileno() for _, each in self.list]
        sidecar.environment.update(environment)
        sidecar.pass_fds = numbers
        sidecar.prefix = [sys.executable, str(Path(__file__).resolve()), names,
                          ",".join(map(str, numbers))]
        return sidecar

    def close(self):
        for _, each in self.list:
            each.close()


def listening(address=("127.0.0.1", 0), family=None):
    made = socket.socket(family or (socket.AF_UNIX if isinstance(address, str)
                                    else socket.AF_INET))
    made.bind(address)
    made.listen(1024)
    return made


if __name__ == "__main__":
    main(*sys.argv[1:])
