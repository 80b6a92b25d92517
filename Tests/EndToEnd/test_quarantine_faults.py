"""A disk that does not take what the quarantine's thread gives it."""

import signal

import pytest

from harness import trace
from harness.quarantine import flood, held, keeping
from harness.reloading import OLD

# The calls of one removal: zeros over the entry, the clock, and the flush of both.
FAULTS = {
    "zeros": ("pwrite64:error=EIO:when=1", True),
    "clock": ("pwrite64:error=EIO:when=2", False),
    "flush": ("fdatasync:error=EIO:when=1", False),
}


@pytest.mark.skipif(not trace.available(), reason="strace is not installed")
@pytest.mark.parametrize("fault, stays", FAULTS.values(), ids=FAULTS.keys())
def test_a_removal_that_the_disk_refuses_is_no_204(make_sidecar, fault, stays):
    sidecar = make_sidecar(sources={"github": keeping(OLD)})
    flood(sidecar, 3)
    kept = [one["id"] for one in held(sidecar, 3)]
    tracer = trace.attach(sidecar.pid, "-e", f"inject={fault}",
                          "-P", str(sidecar.data / "quarantine"), only="quarantine")
    if tracer is None:
        pytest.skip("a process may not be traced here")
    try:
        sidecar.api.delete(f"/v1/quarantine/{kept[0]}", expect=503)
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(20)
    left = [one["id"] for one in held(sidecar)]
    assert left == (kept if stays else kept[1:])
    if stays:
        sidecar.api.delete(f"/v1/quarantine/{kept[0]}")
    else:
        sidecar.api.delete(f"/v1/quarantine/{kept[0]}", expect=404)
    # Deliveries go on, whatever became of it.
    flood(sidecar, 2, "127.0.0.2", b"more")
    sidecar.deliver("github", b"good", secret=OLD)
    assert len(sidecar.api.events()) == 1
