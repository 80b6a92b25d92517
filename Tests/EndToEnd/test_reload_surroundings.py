"""SIGHUP beside TLS, beside the relay and the poller, and without a file."""

import os
import signal
import subprocess
import time

import pytest

from harness.api import Api
from harness.certificates import Certificate, SecureWire, trusting
from harness.polling import SECRET, Ledger, Stripe, push, stripe_source
from harness.reloading import OLD, Reloading, github, setting
from harness.secure import clients, folder, make_secure, own  # noqa: F401: fixtures
from harness.service import Service
from harness.sidecar import source
from harness.signing import new_id, sign
from harness.wire import Wire, refuses, request, wait_until


def event(secret=OLD):
    body = new_id().encode()
    return request("POST", "/in/github", sign("github", body, secret=secret), body)


def test_client_names_hold_for_connections_that_are_open(make_secure, own, clients):  # noqa: F811
    tls = {"client_ca": str(clients["ca"].path)}
    running = Reloading(make_secure(tls, {"github": github(OLD)}))
    address = running.sidecar.ingress_address
    with SecureWire(address, trusting(own, clients["other"])) as other, \
            SecureWire(address, trusting(own, clients["good"])) as good:
        for wire in (other, good):
            assert wire.exchange(event()).status == 200
        # One is in hand while the name comes to be asked for.
        data = event()
        other.send(data[:-2])
        time.sleep(0.1)
        last = running.reload(
            setting("sources", "github", "verify", "client_names", value=["hooks.example.com"])
        )
        assert last["changed"] == ["sources.github.verify.client_names"]
        assert other.exchange(data[-2:]).status == 403
        assert good.exchange(event()).status == 200


def test_other_paths_of_certificates_wait(make_secure, own, tmp_path):  # noqa: F811
    running = Reloading(make_secure({}, {"github": github(OLD)}))
    other = Certificate(tmp_path, "other")
    with SecureWire(running.sidecar.ingress_address, trusting(own)) as wire:
        assert wire.exchange(event()).status == 200
        change = setting("ingress", "tls", value=other.pair)
        assert running.reload(change, "partial")["needs_restart"] == [
            "ingress.tls.certificate", "ingress.tls.private_key",
        ]
        assert wire.exchange(event()).status == 200
    with SecureWire(running.sidecar.ingress_address, trusting(own)) as wire:
        assert wire.exchange(event()).status == 200


def test_the_relay_goes_on_and_knows_the_url(make_sidecar, closing):
    service = Service()
    destination = {"urls": ["http://%s:%d/" % service.address]}
    try:
        running = Reloading(make_sidecar(
            sources={"github": github(OLD, destinations=["app"])},
            destinations={"app": destination},
        ))
        sidecar = running.sidecar

        def scheme():
            reply = sidecar.deliver("github", new_id().encode(), secret=OLD)
            name = reply.header("Webhook-Receiver-Event")
            service.wait_taken([name])
            return service.of(name)[0].header("X-Forwarded-Proto")

        assert scheme() == "http"
        running.reload(setting("sources", "github", "verify", "url", value="https://a.example/in"))
        assert scheme() == "https"
        # What is owed by a source that is gone is delivered all the same.
        service.behave = lambda delivery: 503
        reply = sidecar.deliver("github", new_id().encode(), secret=OLD)
        kept = running.sources["github"]
        running.reload(lambda c: c["sources"].update(c["sources"].pop("github") and {
            "shopify": source("shopify")}))
        service.behave = lambda delivery: 204
        service.wait_taken([reply.header("Webhook-Receiver-Event")])
        # It comes back, and so do its deliveries.
        last = running.reload(setting("sources", "github", value=kept))
        assert last["needs_restart"] == []
        assert scheme() == "https"
    finally:
        service.stop()


def test_polling_goes_on_and_push_and_poll_stay_one(make_sidecar, closing):
    ledger = Ledger()
    stripe = closing(Stripe(ledger.events))
    running = Reloading(make_sidecar(sources={"stripe": stripe_source(stripe.url)}))
    sidecar = running.sidecar

    def origins():
        found = sidecar.api.events(source="stripe", body="none")
        assert len({event["event_id"] for event in found}) == len(found)
        return {event["event_id"]: event["origin"] for event in found}

    wait_until(lambda: sidecar.api.get("/v1/sources/stripe").json["polling"]["last_poll"])
    running.reload(setting("sources", "stripe", "verify", "secrets",
                           value=["literal:a secret before it", f"literal:{SECRET}"]))
    pushed, lost = ledger.add(), ledger.add()
    assert push(sidecar.base + "/in/stripe", pushed) == 200
    wait_until(lambda: lost["id"] in origins(), 60)
    assert origins().keys() == {pushed["id"], lost["id"]} and origins()[lost["id"]] == "poll"
    # Another cadence waits, and the old one goes on.
    change = setting("sources", "stripe", "poll", "sweep", value="90m")
    assert running.reload(change, "partial")["needs_restart"] == ["sources.stripe.poll.sweep"]
    another = ledger.add()
    wait_until(lambda: another["id"] in origins(), 60)


def free():
    return all(refuses(("127.0.0.1", port)) for port in (8080, 8081))


@pytest.mark.skipif(not free(), reason="a port of the embedded configuration is in use here")
def test_the_embedded_configuration_gives_way_to_no_file_in_between(binary, tmp_path, description):
    class Demo:
        api_address, ingress_address = ("127.0.0.1", 8081), ("127.0.0.1", 8080)

    api = Api(Demo, description)

    def start():
        process = subprocess.Popen([str(binary), "run"], cwd=tmp_path, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: not refuses(Demo.api_address))
        return process

    def reload(process):
        before = api.status["configuration"]["last_reload"]
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: api.status["configuration"]["last_reload"] != before)
        return api.status["configuration"]["last_reload"]

    file = tmp_path / "webhook-sidecar.json5"
    process = start()
    try:
        last = reload(process)
        assert (last["result"], last["changed"]) == ("applied", [])
        # A file that was not there is read when it is.
        file.write_text("{ sources: { github: { path: '/in/github', verify: "
                        "{ profile: 'github', secrets: ['literal:%s'] } } } }" % OLD)
        last = reload(process)
        assert last["changed"] == ["sources.demo", "sources.github"]
        with Wire(Demo.ingress_address) as wire:
            assert wire.exchange(event()).status == 200
    finally:
        process.terminate()
        assert process.wait(30) == 0
    process = start()
    try:
        # One that it began with and that is gone for a moment is not replaced by the embedded one.
        os.rename(file, tmp_path / "elsewhere")
        last = reload(process)
        assert last["result"] == "refused" and "no configuration" in last["problems"][0]
        with Wire(Demo.ingress_address) as wire:
            assert wire.exchange(event()).status == 200
    finally:
        process.terminate()
        assert process.wait(30) == 0
