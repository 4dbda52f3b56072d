"""Every fault can be planned at every system, and does what it says to whoever calls."""

from json import JSONDecodeError

import httpx
import pytest

from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault, FaultPlan, PlannedFault

# A stranger's call is turned away by every system; faults strike whoever calls.
ANYTHING = "/anything"


@pytest.fixture
def systems(sandbox: SandboxControl) -> list[str]:
    played: list[str] = sandbox.played()["systems"]
    assert len(played) >= 3
    return played


def call(url: str, system: str, **options: float) -> httpx.Response:
    return httpx.get(f"{url}/{system}{ANYTHING}", trust_env=False, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.THROTTLED, 429),
        (Fault.SERVER_ERROR, 500),
        (Fault.UNAUTHORIZED, 401),
        (Fault.NOT_FOUND, 404),
        (Fault.ERRORS_IN_BODY, 200),
        (Fault.WRONG_SHAPE, 200),
        (Fault.NOT_JSON, 200),
        (Fault.HUGE_BODY, 200),
        (Fault.HUGE_PACKED, 200),
        (Fault.REDIRECT, 302),
        (Fault.ECHO, 400),
    ],
)
def test_a_fault_answers_instead_of_every_system(
    fault: Fault, status: int, sandbox: SandboxControl, sandbox_url: str, systems: list[str]
) -> None:
    for system in systems:
        sandbox.fault(system, fault)

        answer = call(sandbox_url, system)

        assert answer.status_code == status
        assert ("application/json" in answer.headers["Content-Type"]) is (
            fault not in (Fault.NOT_JSON, Fault.REDIRECT)
        )
        assert call(sandbox_url, system).status_code != 200  # Used up: the stranger is turned away again.


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.CUT_OFF])
def test_a_fault_drops_the_connection_of_every_system(
    fault: Fault, sandbox: SandboxControl, sandbox_url: str, systems: list[str]
) -> None:
    for system in systems:
        sandbox.fault(system, fault)

        with pytest.raises(httpx.RemoteProtocolError):
            call(sandbox_url, system)


@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.SLOW_BODY])
def test_a_fault_keeps_callers_of_every_system_waiting(
    fault: Fault, sandbox: SandboxControl, sandbox_url: str, systems: list[str]
) -> None:
    for system in systems:
        sandbox.fault(system, fault, seconds=60)

        with pytest.raises(httpx.ReadTimeout):
            call(sandbox_url, system, timeout=0.3)
        sandbox.clear_faults(system)


def test_large_bodies_are_large_also_when_they_were_packed(sandbox: SandboxControl, sandbox_url: str) -> None:
    for fault in (Fault.HUGE_BODY, Fault.HUGE_PACKED):
        sandbox.fault("fba", fault)
        answer = call(sandbox_url, "fba")
        assert len(answer.content) > 10_000_000
        assert (int(answer.headers["Content-Length"]) < 100_000) is (fault is Fault.HUGE_PACKED)


def test_an_endless_body_ends_with_its_caller(
    sandbox: SandboxControl, sandbox_url: str, systems: list[str]
) -> None:
    for system in systems:
        sandbox.fault(system, Fault.ENDLESS)
        with httpx.stream("GET", f"{sandbox_url}/{system}{ANYTHING}", trust_env=False) as answer:
            pieces = answer.iter_bytes()
            assert sum(len(next(pieces)) for _ in range(100)) > 100


def test_half_an_answer_and_an_answer_of_the_wrong_type_are_the_systems_own(
    sandbox: SandboxControl, sandbox_url: str
) -> None:
    sandbox.fault("shipstation", Fault.TRUNCATED)
    with pytest.raises(JSONDecodeError):
        httpx.get(f"{sandbox_url}/shipstation/stores", trust_env=False).json()
    sandbox.fault("shipstation", Fault.WRONG_TYPE)
    answer = httpx.get(f"{sandbox_url}/shipstation/stores", trust_env=False)

    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Authorization has been denied" in answer.json()["Message"]


def test_an_echo_repeats_what_was_sent(sandbox: SandboxControl, sandbox_url: str, systems: list[str]) -> None:
    for system in systems:
        sandbox.fault(system, Fault.ECHO)
        answer = httpx.post(f"{sandbox_url}/{system}{ANYTHING}", content="planted", trust_env=False)
        assert "planted" in answer.json()["message"]


def test_every_fault_has_words_for_people() -> None:
    assert len({fault.words for fault in Fault}) == len(Fault)


def test_a_plan_shows_what_is_still_to_go_wrong() -> None:
    plan = FaultPlan()
    plan.add(PlannedFault(Fault.RESET, count=2))

    plan.take("GET", "/")
    assert [planned.count for planned in plan.planned()] == [1]
    plan.take("GET", "/")
    assert plan.planned() == []
