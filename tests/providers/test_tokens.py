"""Access tokens: which are taken, how long they are kept."""

from datetime import timedelta

import pytest

from tests.providers.conftest import NOON
from webapp.providers.shapes import JsonValue, UnexpectedAnswer
from webapp.providers.tokens import LONGEST_LIFE, TokenCache, read_grant

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
