"""What an operator does with destinations, dead letters and replays."""

import json
import time

import pytest

from harness.sidecar import source
from test_relay import deliver, destination, relay, services  # noqa: F401
from test_relay_failures import QUICK, state_of, wait_for


def letters(sidecar, **query):
    return sidecar.api.get("/v1/dead-letters", **query).json["data"]


def replay_done(sidecar, replay):
    def look():
        found = sidecar.api.get(f"/v1/replays/{replay}").json
        return found if found["state"] == "done" else None

    return wait_for(look, 60, "the end of the replay")


def test_a_paused_destination_waits_over_restarts_and_goes_on(
    relay, services  # noqa: F811
):
    service, other = services(), services()
    sidecar = relay({"app": destination(service), "other": destination(other)})
    paused = sidecar.api.post("/v1/destinations/app/pause", {}).json
    assert paused["paused"] == "requested"
    events = deliver(sidecar, 300)
    other.wait_taken(events)
    assert not service.deliveries
    sidecar.kill()
    sidecar.start()
    events += deliver(sidecar, 10)
    other.wait_taken(events)
    found = sidecar.api.get("/v1/destinations/app").json
    assert found["paused"] == "requested" and found["backlog"] >= 310
    assert not service.deliveries
    assert sidecar.api.post("/v1/destinations/app/resume", {}).json["paused"] is None
    service.wait_taken(events)
    wait_for(lambda: sidecar.api.get("/v1/destinations/app").json["backlog"] == 0)
    # Paused or resumed twice is no mistake.
    sidecar.api.post("/v1/destinations/app/resume", {})
    for verb in ("pause", "resume"):
        sidecar.api.post(f"/v1/destinations/none/{verb}", {}, expect=404)


def test_destinations_are_listed_with_what_they_owe(relay, services):  # noqa: F811
    good, bad = services(), services(lambda _: 503)
    slow = {"schedule": ["1h"], "horizon": "3d"}
    sidecar = relay({"good": destination(good), "bad": destination(bad, retry=slow, breaker=QUICK)})
    events = deliver(sidecar, 12)
    good.wait_taken(events)
    bad.wait(lambda s: len(s.deliveries) == 12)

    def look():
        found = {each["name"]: each for each in sidecar.api.get("/v1/destinations").json["data"]}
        return found if found["bad"]["waiting"] == 12 and not found["good"]["backlog"] else None

    found = wait_for(look)
    assert list(found) == ["bad", "good"]
    assert found["bad"]["backlog"] == 12 and found["bad"]["backlog_is_exact"]
    assert found["bad"]["attempts"]["transient"] == 12
    assert found["bad"]["oldest_received_at"] is not None
    assert found["good"]["delivered"] == 12 and found["good"]["oldest_received_at"] is None
    assert found["good"]["sources"] == ["github", "standard"]
    status = sidecar.api.status["destinations"]
    assert status["good"]["delivered"] == 12
    text = sidecar.api.get("/metrics").body.decode()
    assert 'webhook_receiver_deliveries_total{destination="good"} 12' in text
    assert 'delivery_attempts_total{destination="bad",outcome="transient"} 12' in text


def test_dead_letters_are_paged_and_deleted_durably(relay, services):  # noqa: F811
    bad, worse = services(lambda _: 422), services(lambda _: 410)
    sidecar = relay({"a": destination(bad), "b": destination(worse)})
    events = deliver(sidecar, 25)
    wait_for(lambda: len(letters(sidecar, limit=1000)) == 50)
    found, after = [], {}
    while True:
        page = sidecar.api.get("/v1/dead-letters", limit=7, **after).json
        found += page["data"]
        if not page["has_more"]:
            assert page["next"] is None
            break
        after = {"after": page["next"]}
    assert [(each["destination"], each["event"]) for each in found] == [
        (name, event) for name in ("a", "b") for event in events
    ]
    assert {each["destination"] for each in letters(sidecar, destination="b")} == {"b"}
    sidecar.api.delete(f"/v1/dead-letters/{found[0]['id']}")
    sidecar.api.delete(f"/v1/dead-letters/{found[0]['id']}", expect=404)
    sidecar.kill()
    sidecar.start()
    assert found[0]["id"] not in {each["id"] for each in letters(sidecar, limit=1000)}
    assert len(letters(sidecar, limit=1000)) == 49


def test_an_event_is_replayed_to_all_or_one_of_its_destinations(
    relay, services  # noqa: F811
):
    one, two = services(), services()
    sidecar = relay({"one": destination(one), "two": destination(two)})
    (event,) = deliver(sidecar, 1)
    for service in (one, two):
        service.wait_taken([event])
    replay = sidecar.api.post(f"/v1/events/{event}/replay", {}, expect=202).json
    assert replay["destinations"] == ["one", "two"]
    for service in (one, two):
        service.wait(lambda s: s.taken[event] == 2)
        again = service.of(event)[1]
        assert again.header("Webhook-Receiver-Replay") == replay["replay"]
        assert again.header("Idempotency-Key") == service.of(event)[0].header("Idempotency-Key")
        assert again.body == service.of(event)[0].body
    single = sidecar.api.post(
        f"/v1/events/{event}/replay", {"idempotency": "new", "destination": "two"}, expect=202
    ).json
    assert single["destinations"] == ["two"]
    two.wait(lambda s: s.taken[event] == 3)
    assert two.of(event)[2].header("Idempotency-Key") != two.of(event)[0].header("Idempotency-Key")
    assert one.taken[event] == 2
    states = sidecar.api.get(f"/v1/events/{event}/attempts").json["deliveries"]
    assert {(each["destination"], each["replay"]) for each in states} == {
        ("one", None), ("two", None), ("one", replay["replay"]), ("two", replay["replay"]),
        ("two", single["replay"]),
    }
    assert {each["state"] for each in states} == {"delivered"}


def test_48_a_replay_is_not_blocked_by_its_own_key(relay, services):  # noqa: F811
    bad = services(lambda delivery: 204 if delivery.header("Webhook-Receiver-Replay") else 503)
    slow = {"schedule": ["1h"], "horizon": "3d"}
    sidecar = relay({"app": destination(bad, ordering="source", retry=slow, breaker=QUICK)})
    first, second = deliver(sidecar, 2)
    bad.wait(lambda s: len(s.deliveries) == 1)
    wait_for(lambda: state_of(sidecar, second)["state"] == "blocked")
    sidecar.api.post(f"/v1/events/{second}/replay", {}, expect=202)
    bad.wait_taken([second])
    assert state_of(sidecar, first)["state"] == "waiting"


def test_47_a_replay_of_many_is_counted_throttled_and_passes_poison(
    relay, services  # noqa: F811
):
    poison = []
    service = services(
        lambda delivery: 503
        if delivery.header("Webhook-Receiver-Replay") and delivery.event in poison else 204
    )
    sidecar = relay({"app": destination(
        service, retry={"schedule": ["1h"], "horizon": "3d"}, breaker=QUICK)})
    events = deliver(sidecar, 60)
    other = [sidecar.deliver("standard-webhooks", b"%d" % n).header("Webhook-Receiver-Event")
             for n in range(10)]
    service.wait_taken(events + other)
    poison.append(events[3])
    count = sidecar.api.post("/v1/replays", {"source": "github", "dry_run": True}).json
    assert count == {"dry_run": True, "total": 60}
    began = sidecar.api.post("/v1/replays", {"source": "github"}, expect=202)
    replay = began.json
    assert began.header("Location") == f"/v1/replays/{replay['id']}"
    good = [event for event in events if event not in poison]
    service.wait(lambda s: all(s.taken[event] == 2 for event in good))
    wait_for(lambda: sidecar.api.get(f"/v1/replays/{replay['id']}").json["delivered"] == 59)
    found = sidecar.api.get(f"/v1/replays/{replay['id']}").json
    assert found["total"] == 60 and found["deliveries"] == 60 and found["waiting"] == 1
    assert found["state"] == "running", "one of them waits for its retry"
    assert not any(service.taken[event] > 1 for event in other)
    assert [each["id"] for each in sidecar.api.get("/v1/replays").json["data"]] == [replay["id"]]


def test_47_a_replay_goes_on_after_kill_9(relay, services):  # noqa: F811
    service = services()
    sidecar = relay({"app": destination(service)})
    events = deliver(sidecar, 400)
    service.wait_taken(events)
    replay = sidecar.api.post("/v1/replays", {}, expect=202).json["id"]
    service.wait(lambda s: len(s.deliveries) > 450)
    for _ in range(3):
        sidecar.kill()
        sidecar.start()
        time.sleep(0.3)
    found = replay_done(sidecar, replay)
    assert found["total"] == 400
    again = {d.event for d in service.deliveries
             if d.header("Webhook-Receiver-Replay") == replay}
    assert again == set(events)


def test_a_replay_by_time_type_and_destination(relay, services):  # noqa: F811
    one, two = services(), services()
    sidecar = relay({"one": destination(one), "two": destination(two)})
    old = deliver(sidecar, 3, event_type="push")
    one.wait_taken(old)
    time.sleep(0.05)
    young = deliver(sidecar, 1, body=b"x", event_type="push")
    edge = sidecar.api.get(f"/v1/events/{young[0]}").json["received_at"]
    pings = deliver(sidecar, 2, event_type="ping")
    for service in (one, two):
        service.wait_taken(old + young + pings)
    asked = {"from": edge, "type": "push", "destination": "two"}
    assert sidecar.api.post("/v1/replays", {**asked, "dry_run": True}).json["total"] == 1
    found = replay_done(sidecar, sidecar.api.post("/v1/replays", asked, expect=202).json["id"])
    assert (found["total"], found["delivered"]) == (1, 1)
    assert two.taken[young[0]] == 2 and one.taken[young[0]] == 1
    before = sidecar.api.post("/v1/replays", {"to": edge, "dry_run": True}).json["total"]
    assert before == 3


@pytest.mark.parametrize("body", [
    {"source": "nobody"}, {"from": "yesterday"}, {"dry_run": 1}, {"idempotency": "other"},
    {"nonsense": 1}, {"type": [1]}, b"[]", b"{", {"destination": 1},
])
def test_a_replay_that_is_not_understood_is_not_begun(relay, services, body):  # noqa: F811
    sidecar = relay({"app": destination(services())})
    sidecar.api.post("/v1/replays", body, expect=400)
    assert sidecar.api.get("/v1/replays").json["data"] == []


def test_dead_letters_that_are_full_pause_the_destination(relay, services):  # noqa: F811
    """Told by the limit that many destinations share: a thousand at least."""
    bad = services(lambda _: 422)
    more = {f"d{n}": destination(bad) for n in range(250)}
    sidecar = relay({"app": destination(bad, concurrency=64), **more},
                    sources={"github": source("github", destinations=["app"])})
    deliver(sidecar, 1100)
    found = wait_for(lambda: (lambda d: d if d["paused"] else None)(
        sidecar.api.get("/v1/destinations/app").json), 60)
    assert found["paused"] == "dead_letters_full" and 1000 <= found["dead_letters"] < 1064
    sidecar.api.post("/v1/destinations/app/resume", {}, expect=409)
    for letter in letters(sidecar, limit=1000)[:200]:
        sidecar.api.delete(f"/v1/dead-letters/{letter['id']}")
    sidecar.api.post("/v1/destinations/app/resume", {})
    wait_for(lambda: sidecar.api.get("/v1/destinations/app").json["backlog"] == 0)
    assert len(letters(sidecar, limit=1000)) == 900


def test_replays_from_the_command_line(relay, services):  # noqa: F811
    service = services()
    sidecar = relay({"app": destination(service)})
    events = deliver(sidecar, 3)
    service.wait_taken(events)
    once = sidecar.cli("events", "replay", events[0], "--idempotency", "new", "--json")
    assert once.returncode == 0, once.stderr
    assert json.loads(once.stdout)["destinations"] == ["app"]
    service.wait(lambda s: s.taken[events[0]] == 2)
    counted = sidecar.cli("replay", "--source", "github", "--dry-run", "--json")
    assert json.loads(counted.stdout) == {"dry_run": True, "total": 3}
    begun = sidecar.cli("replay", "--source", "github", "--destination", "app", "--json")
    assert begun.returncode == 0, begun.stderr
    replay_done(sidecar, json.loads(begun.stdout)["id"])
    assert all(service.taken[event] >= 2 for event in events)
    assert sidecar.cli("events", "replay", "none").returncode == 1
    assert sidecar.cli("replay", "--destination", "none").returncode == 1
    assert sidecar.cli("replay", "--idempotency", "perhaps").returncode == 2
    shown = sidecar.cli("status", "--json")
    assert json.loads(shown.stdout)["destinations"]["app"]["delivered"] >= 7


def test_an_active_check_keeps_deliveries_from_an_upstream_that_is_ill(
    relay, services  # noqa: F811
):
    def behave(delivery):
        if delivery.target == "/healthz":
            return 500 if delivery.service is ill else 200
        return 204

    ill, well = services(behave), services(behave)
    sidecar = relay({"app": destination(ill, well, health={"path": "/healthz", "interval": "1s"})})
    ill.wait(lambda s: any(d.target == "/healthz" for d in s.deliveries))
    time.sleep(0.3)
    events = deliver(sidecar, 20)
    well.wait_taken(events)
    assert not ill.taken
