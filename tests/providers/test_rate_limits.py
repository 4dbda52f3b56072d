"""The rate limit of an account: shared through Redis, bounded in its waiting, alive without Redis."""

import pytest
from structlog.testing import capture_logs

from tests.providers.conftest import FakeTime
from webapp.providers.base import Throttled
from webapp.providers.headroom import Headroom, headroom_of
from webapp.providers.rate_limits import AccountRateLimiter, RateLimit

THREE_A_MINUTE = RateLimit(calls=3, seconds=60)
# Nobody listens on the discard port.
NO_REDIS = "redis://127.0.0.1:9/0"


def test_two_workers_share_the_limit_of_one_account(redis_url: str, fake_time: FakeTime) -> None:
    # Two spellings of one address are two connections, as two processes would have.
    one = AccountRateLimiter(THREE_A_MINUTE, "a", redis_url, fake_time.clock())
    two = AccountRateLimiter(THREE_A_MINUTE, "a", f"{redis_url}?db=0", fake_time.clock())
    one.wait_for_turn(deadline=0)
    two.wait_for_turn(deadline=0)
    one.wait_for_turn(deadline=0)

    for worker in (one, two):
        with pytest.raises(Throttled) as caught:
            worker.wait_for_turn(deadline=0)
        assert caught.value.retryable
        assert caught.value.retry_after is not None
        assert 0 < caught.value.retry_after <= 66


def test_what_is_left_can_be_seen_for_each_limit(redis_url: str, fake_time: FakeTime) -> None:
    assert headroom_of("kind", 7, redis_url) == ()
    for account, price in (("kind:7", 1), ("kind:7:cancel", 2), ("kind:70", 3)):
        AccountRateLimiter(THREE_A_MINUTE, account, redis_url, fake_time.clock()).wait_for_turn(0, price)
    assert headroom_of("kind", 7, redis_url) == (Headroom("", 2, 3, 66.0), Headroom("cancel", 1, 3, 66.0))
    assert headroom_of("kind", 7, NO_REDIS) is None


def test_accounts_do_not_wait_for_each_other(redis_url: str, fake_time: FakeTime) -> None:
    for account in ("b", "c"):
        limiter = AccountRateLimiter(THREE_A_MINUTE, account, redis_url, fake_time.clock())
        for _ in range(3):
            limiter.wait_for_turn(deadline=0)

    assert fake_time.slept == 0


def test_it_waits_within_the_time_it_is_given_and_then_says_so(redis_url: str, fake_time: FakeTime) -> None:
    limiter = AccountRateLimiter(THREE_A_MINUTE, "d", redis_url, fake_time.clock())
    for _ in range(3):
        limiter.wait_for_turn(deadline=100)

    with pytest.raises(Throttled, match="used up its calls"):
        limiter.wait_for_turn(deadline=100)

    assert 0 < fake_time.slept <= 100


def test_it_keeps_the_limit_by_itself_when_redis_is_away(fake_time: FakeTime) -> None:
    limiter = AccountRateLimiter(THREE_A_MINUTE, "without-redis", NO_REDIS, fake_time.clock())

    with capture_logs() as logs:
        for _ in range(3):
            limiter.wait_for_turn(deadline=0)
        with pytest.raises(Throttled):
            limiter.wait_for_turn(deadline=0)

    assert {log["event"] for log in logs} == {"provider_rate_limit_degraded"}
    assert logs[0]["cause"] == "ConnectionError"
