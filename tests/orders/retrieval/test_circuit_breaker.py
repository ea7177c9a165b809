"""The circuit breaker: a source that does not work is left alone by all workers, and probed."""

from datetime import timedelta
from typing import Any

import pytest

from orders.retrieval.answers import Answer, Broken, Found, TryAgain, UnknownHere
from orders.retrieval.circuit_breaker import Circuit
from tests.steps.silence import connections_to, silent_server

BAD = TryAgain(why="HTTP 500")
REDIS_AWAY = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def three_bad_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.retrieval.circuit_breaker.CIRCUIT_LIMIT", 3)


@pytest.fixture(params=["redis", "without redis"])
def circuit(request: pytest.FixtureRequest, settings: Any) -> Circuit:
    if request.param != "redis":
        settings.REDIS_URL = REDIS_AWAY
    circuit = Circuit(f"tests-{request.node.name}")
    circuit.record(UnknownHere())
    return circuit


def let_pause_end(circuit: Circuit) -> None:
    """As its key expires."""
    circuit.memory.with_store(lambda store: store.delete(circuit.pause))


def note(circuit: Circuit, *answers: Answer) -> list[bool]:
    return [circuit.record(answer) for answer in answers]


def test_it_opens_after_so_many_bad_answers_in_a_row(circuit: Circuit) -> None:
    assert note(circuit, BAD, BAD, Found("1234"), BAD, BAD) == [False] * 5
    assert circuit.refusal() is None
    assert note(circuit, BAD, BAD) == [True, False]
    assert isinstance(circuit.refusal(), TryAgain)


def test_what_is_away_may_be_back_and_what_is_broken_is_not(
    circuit: Circuit, settings: Any
) -> None:
    note(circuit, BAD, BAD, BAD)
    refusal = circuit.refusal()
    assert isinstance(refusal, TryAgain) and refusal.after
    assert timedelta(0) < refusal.after <= settings.CIRCUIT_LASTS
    note(circuit, Broken("no JSON"))
    assert circuit.refusal() == Broken("left alone: no JSON")


def test_no_licence_opens_it_at_once(circuit: Circuit) -> None:
    assert circuit.record(Broken("the licence has ended", for_all=True))
    assert isinstance(circuit.refusal(), Broken)


def test_after_the_pause_one_asks_and_the_others_wait(circuit: Circuit) -> None:
    note(circuit, BAD, BAD, BAD)
    let_pause_end(circuit)
    assert circuit.refusal() is None
    assert isinstance(circuit.refusal(), TryAgain)


def test_a_good_answer_closes_it(circuit: Circuit) -> None:
    note(circuit, BAD, BAD, BAD)
    let_pause_end(circuit)
    assert circuit.refusal() is None
    note(circuit, UnknownHere())
    assert [circuit.refusal(), circuit.refusal()] == [None, None]


def test_a_bad_answer_opens_it_again(circuit: Circuit) -> None:
    note(circuit, BAD, BAD, BAD)
    let_pause_end(circuit)
    assert circuit.refusal() is None
    assert circuit.record(BAD) is False  # it never was closed
    assert isinstance(circuit.refusal(), TryAgain)


def test_workers_share_it(settings: Any) -> None:
    one, other = Circuit("tests-shared"), Circuit("tests-shared")
    one.record(Broken("the licence has ended", for_all=True))
    assert isinstance(other.refusal(), Broken)
    other.record(Found("1234"))
    assert one.refusal() is None


def test_a_redis_that_is_silent_is_asked_once(settings: Any) -> None:
    circuit = Circuit("tests-away")
    with silent_server() as server:
        settings.REDIS_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        circuit.record(Broken("the licence has ended", for_all=True))
        for _ in range(100):
            assert circuit.refusal()
        assert connections_to(server) == 1
