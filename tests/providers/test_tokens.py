"""Access tokens: which are taken, how long they are kept, and how workers share them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from cryptography.fernet import Fernet
from redis import Redis

from tests.providers.conftest import NOON
from webapp.providers.shapes import JsonValue, UnexpectedAnswer
from webapp.providers.shared_tokens import SharedTokens
from webapp.providers.tokens import LONGEST_LIFE, Grant, TokenCache, read_grant

DAY = timedelta(days=1)


@pytest.mark.parametrize("answer", [None, [], {}, {"access_token": ""}, {"access_token": "a", "expires_in": "1"}])
def test_nonsense_is_unexpected(answer: JsonValue) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_grant(answer)


@pytest.mark.parametrize("token", ["two words", "new\r\nline", "ü", "x" * 8_001, 7])
def test_a_token_that_would_break_the_request_is_refused(token: JsonValue) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_grant({"access_token": token})


def test_a_token_without_a_lifetime_is_good_until_it_is_turned_away_and_none_lives_for_years() -> None:
    cache = TokenCache(early=DAY)
    cache.renew(("a",), NOON, lambda: read_grant({"access_token": "good"}))
    cache.renew(("b",), NOON, lambda: read_grant({"access_token": "good", "expires_in": 10**15}))

    assert cache.token(("a",), NOON + timedelta(days=9_999)) == "good"
    assert cache.token(("b",), NOON + timedelta(seconds=LONGEST_LIFE)) is None


def test_a_token_is_old_before_it_expires() -> None:
    cache = TokenCache(early=timedelta(minutes=1))
    cache.renew(("a",), NOON, lambda: read_grant({"access_token": "good", "expires_in": 3_600}))

    assert cache.token(("a",), NOON + timedelta(seconds=3_539)) == "good"
    assert cache.token(("a",), NOON + timedelta(seconds=3_540)) is None


def test_a_token_that_could_not_be_renewed_is_known_no_more() -> None:
    cache = TokenCache(early=DAY)
    cache.renew(("a",), NOON, lambda: read_grant({"access_token": "good"}))

    with pytest.raises(UnexpectedAnswer):
        cache.renew(("a",), NOON, lambda: read_grant({}), instead_of="good")
    assert cache.token(("a",), NOON) is None


@pytest.fixture
def shared(redis_url: str) -> SharedTokens:
    return SharedTokens(redis_url, (Fernet.generate_key().decode(),))


def test_another_worker_takes_the_token_that_one_was_given_until_it_is_old(
    shared: SharedTokens, redis_url: str
) -> None:
    early = timedelta(minutes=1)
    TokenCache(early).renew(("a", "secret"), NOON, lambda: Grant("given", 3_600), shared=shared)

    other = TokenCache(early)
    assert other.token(("a", "secret"), NOON, shared) == "given"
    assert other.token(("a", "changed"), NOON, shared) is None
    assert other.token(("a", "secret"), NOON + timedelta(seconds=3_540), shared) is None
    with Redis.from_url(redis_url) as connection:
        name = shared._name(("a", "secret"))
        stored = connection.get(name)
        assert isinstance(stored, bytes)
        assert 0 < connection.pttl(name) <= 3_540_000
    assert not any(word in name.encode() + stored for word in (b"given", b"secret"))
    assert SharedTokens(redis_url, (Fernet.generate_key().decode(),)).read(("a", "secret")) is None


def test_workers_who_need_a_token_at_the_same_time_ask_for_one(shared: SharedTokens) -> None:
    """Each with a cache of its own, as if in a process of its own, first without any and then turned away."""
    together, asked = Barrier(4), []

    def ask() -> Grant:
        asked.append(1)
        return Grant(f"token {len(asked)}", 3_600)

    def worker(cache: TokenCache) -> list[str]:
        given = []
        for _ in range(2):
            together.wait(10)
            known = given[-1] if given else None
            given.append(cache.renew(("b",), NOON, ask, instead_of=known, shared=shared))
        return given

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(worker, [TokenCache(DAY / 48) for _ in range(4)]))
    assert told == [["token 1", "token 2"]] * 4
    assert len(asked) == 2


def test_without_redis_each_asks_for_itself() -> None:
    nowhere = SharedTokens("redis://127.0.0.1:1", (Fernet.generate_key().decode(),))
    for number in range(2):
        cache = TokenCache(DAY / 48)
        assert cache.token(("c",), NOON, nowhere) is None
        assert cache.renew(("c",), NOON, lambda: Grant("own", 3_600), shared=nowhere) == "own", number
        assert cache.token(("c",), NOON, nowhere) == "own"
