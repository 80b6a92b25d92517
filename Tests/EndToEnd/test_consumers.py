"""Named, durable positions."""

import base64

import pytest

from harness.sidecar import source


def bodies(page):
    return [base64.b64decode(event["body"]) for event in page["data"]]


@pytest.fixture
def reader(sidecar):
    """A sidecar with ten events and a consumer of them."""
    for number in range(10):
        sidecar.deliver("github", b"%d" % number)
    sidecar.api.put("/v1/consumers/c", {"mode": "cursor", "start": "earliest"}, expect=201)
    return sidecar


def read(sidecar, name="c", **query):
    return sidecar.api.get(f"/v1/consumers/{name}/events", **query).json


def commit(sidecar, page, name="c", expect=200, generation=True):
    body = {"cursor": page["next"]}
    if generation:
        body["generation"] = page["generation"]
    return sidecar.api.post(f"/v1/consumers/{name}/commit", body, expect=expect).json


def seek(sidecar, to, name="c", expect=200):
    return sidecar.api.post(f"/v1/consumers/{name}/seek", {"to": to}, expect=expect).json


def test_reading_takes_nothing_away_and_commit_moves_on(reader):
    first = read(reader, limit=4)
    assert bodies(first) == [b"0", b"1", b"2", b"3"] and first["has_more"]
    assert bodies(read(reader, limit=4)) == bodies(first)
    answer = commit(reader, first)
    assert answer["name"] == "c" and answer["lag"] == 6
    assert bodies(read(reader)) == [b"4", b"5", b"6", b"7", b"8", b"9"]


def test_a_position_survives_a_restart_and_a_kill(reader):
    commit(reader, read(reader, limit=4))
    reader.restart()
    assert bodies(read(reader, limit=1)) == [b"4"]
    commit(reader, read(reader, limit=1))
    reader.kill()
    reader.start()
    assert bodies(read(reader, limit=1)) == [b"5"]
    assert reader.api.get("/v1/consumers/c").json["position"] == 5


def test_put_again_keeps_the_position_and_another_definition_is_409(reader):
    commit(reader, read(reader, limit=4))
    same = reader.api.put("/v1/consumers/c", {"mode": "cursor", "start": "earliest"}, expect=200)
    assert same.json["position"] == 4
    other = reader.api.put("/v1/consumers/c", {"sources": ["github"]}, expect=409)
    assert other.json["type"] == "/problems/consumer-conflict"
    assert bodies(read(reader, limit=1)) == [b"4"]


def test_delete_forgets_the_position(reader):
    commit(reader, read(reader))
    reader.api.delete("/v1/consumers/c")
    for path in ("/v1/consumers/c", "/v1/consumers/c/events"):
        assert reader.api.get(path, expect=404).json["type"] == "/problems/no-such-consumer"
    reader.restart()
    reader.api.get("/v1/consumers/c", expect=404)
    reader.api.put("/v1/consumers/c", {}, expect=201)
    assert len(read(reader)["data"]) == 10


@pytest.mark.parametrize("start, first", [
    ("earliest", [b"0"]), ("latest", []),
    ({"time": "2000-01-01T00:00:00Z"}, [b"0"]), ({"time": "2999-01-01T00:00:00Z"}, []),
])
def test_where_a_consumer_starts(reader, start, first):
    reader.api.put("/v1/consumers/d", {"start": start}, expect=201)
    assert bodies(read(reader, "d", limit=1)) == first


def test_start_and_seek_at_a_time_and_at_a_cursor(reader):
    events = reader.api.events()
    page = reader.api.get("/v1/events", limit=7).json
    reader.api.put("/v1/consumers/d", {"start": {"cursor": page["next"]}}, expect=201)
    assert bodies(read(reader, "d", limit=1)) == [b"7"]
    seek(reader, {"time": events[3]["received_at"]}, "d")
    assert bodies(read(reader, "d", limit=1)) == [b"3"]
    seek(reader, {"cursor": page["next"]}, "d")
    assert bodies(read(reader, "d", limit=1)) == [b"7"]


def test_a_consumer_of_one_source_sees_only_that(sidecar):
    sidecar.api.put("/v1/consumers/s", {"sources": ["stripe"]}, expect=201)
    for number in range(4):
        sidecar.deliver("github", b"%d" % number)
        sidecar.deliver("stripe", b'{"id": "evt_%d"}' % number)
    page = read(sidecar, "s")
    assert [event["source"] for event in page["data"]] == ["stripe"] * 4
    commit(sidecar, page, "s")
    assert read(sidecar, "s")["data"] == []


def test_two_readers_under_one_name_get_409_instead_of_skipping(reader):
    mine, yours = read(reader, limit=3), read(reader, limit=5)
    commit(reader, mine)
    refused = commit(reader, yours, expect=409)
    assert refused["type"] == "/problems/stale-generation"
    assert bodies(read(reader, limit=1)) == [b"3"]


def test_a_commit_sent_again_because_its_answer_was_lost_succeeds(reader):
    page = read(reader, limit=3)
    first = commit(reader, page)
    again = commit(reader, page)
    assert again["position"] == first["position"] == 3
    assert again["generation"] == first["generation"]
    assert bodies(read(reader, limit=1)) == [b"3"]


def test_a_commit_needs_no_generation_and_a_wrong_one_is_refused(reader):
    page = read(reader, limit=2)
    wrong = {"cursor": page["next"], "generation": page["generation"] + 5}
    reply = reader.api.post("/v1/consumers/c/commit", wrong, expect=None)
    assert reply.status in (400, 409)
    assert commit(reader, page, generation=False)["position"] == 2


def test_a_cursor_at_the_position_changes_nothing(sidecar):
    sidecar.api.put("/v1/consumers/c", {}, expect=201)
    page = read(sidecar)
    before = sidecar.api.get("/v1/consumers/c").json
    after = commit(sidecar, page)
    assert (after["position"], after["generation"]) == (before["position"], before["generation"])


def test_seek_begins_a_generation_and_ends_what_was_read_before(reader):
    page = read(reader, limit=6)
    moved = seek(reader, "earliest")
    assert moved["generation"] > page["generation"]
    assert commit(reader, page, expect=409)["type"] == "/problems/stale-generation"
    commit(reader, read(reader))
    assert read(reader)["data"] == []
    assert seek(reader, "earliest")["position"] == 0
    assert len(read(reader)["data"]) == 10
    assert seek(reader, "latest")["lag"] == 0


def test_cursors_of_others_do_not_commit(reader):
    reader.api.put("/v1/consumers/other", {}, expect=201)
    for cursor in (read(reader, "other")["next"], reader.api.get("/v1/events").json["next"]):
        reply = reader.api.post("/v1/consumers/c/commit", {"cursor": cursor}, expect=409)
        assert reply.json["type"] == "/problems/cursor-mismatch"
    reply = reader.api.post("/v1/consumers/c/commit", {"cursor": "x"}, expect=400)
    assert reply.json["type"] == "/problems/bad-cursor"
    assert reader.api.get("/v1/consumers/c").json["position"] == 0


@pytest.mark.parametrize("body", [
    {"mode": "queue"}, {"max_attempts": 20}, {"mode": "lease", "max_attempts": 0},
    {"mode": "lease", "max_attempts": 1001}, {"sources": "github"}, {"sources": ["nobody"]}, {"sources": [1]},
    {"start": "middle"}, {"start": {"time": "noon"}}, {"start": {}}, {"start": 5},
    {"start": {"time": "2000-01-01T00:00:00Z", "cursor": "x"}}, {"extra": 1}, [], "text", 5,
    b"{", b"", b'{"mode": "cursor", "mode": "cursor"}', b"{} {}", b"\xff", b"[" * 60000,
])
def test_a_wrong_definition_is_400_and_nothing_is_made(sidecar, body):
    reply = sidecar.api.put("/v1/consumers/c", body, expect=400)
    assert reply.json["type"] == "/problems/bad-request"
    sidecar.api.get("/v1/consumers/c", expect=404)


@pytest.mark.parametrize("name", ["a%20b", "a%2Fb", "%C3%A9", "a" * 65, "a,b", "%00"])
def test_a_wrong_name_is_400(sidecar, name):
    sidecar.api.put(f"/v1/consumers/{name}", {}, expect=400)


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "a" * 64])
def test_a_name_may_be(sidecar, name):
    assert sidecar.api.put(f"/v1/consumers/{name}", {}, expect=201).json["name"] == name


def test_a_consumer_waits_for_the_next_event(reader):
    import threading

    commit(reader, read(reader))
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(read(reader, wait="30s")))
    waiting.start()
    reader.deliver("github", b"awaited")
    waiting.join()
    assert bodies(answers[0]) == [b"awaited"]
    assert commit(reader, answers[0])["lag"] == 0


def test_many_readers_of_one_name_skip_nothing(sidecar):
    """Whoever commits has handled the whole page; 409 means read again."""
    from concurrent.futures import ThreadPoolExecutor

    for number in range(100):
        sidecar.deliver("github", b"%d" % number)
    sidecar.api.put("/v1/consumers/c", {}, expect=201)

    def work(_):
        handled = []
        while True:
            page = read(sidecar, limit=3)
            if not page["data"]:
                return handled
            reply = sidecar.api.post(
                "/v1/consumers/c/commit",
                {"cursor": page["next"], "generation": page["generation"]}, expect=None,
            )
            assert reply.status in (200, 409)
            if reply.status == 200:
                handled += bodies(page)

    with ThreadPoolExecutor(6) as pool:
        handled = sum(pool.map(work, range(6)), [])
    assert sorted(handled, key=int) == [b"%d" % number for number in range(100)]


def test_the_status_lists_consumers(reader):
    commit(reader, read(reader, limit=4))
    (shown,) = reader.api.status["consumers"]
    assert shown == reader.api.get("/v1/consumers/c").json
    assert (shown["position"], shown["lag"], shown["sources"]) == (4, 6, [])


def test_a_source_that_left_the_configuration_leaves_its_events_readable(make_sidecar):
    sidecar = make_sidecar(sources={"a": source("github", "/in/a"), "b": source("github", "/in/b")})
    sidecar.deliver("github", b"1", "/in/a")
    assert sidecar.stop() == 0
    sidecar.make({"b": source("github", "/in/b")}, {})
    sidecar.start()
    assert [event["source"] for event in sidecar.api.events()] == ["a"]
