"""When an account that keeps failing is left alone for a while; the row is kept elsewhere."""

from datetime import datetime, timedelta

# A single bad minute at a provider costs a busy account three or four calls; five in a row is an outage.
FAILURES_BEFORE_PAUSE = 5
FIRST_PAUSE = timedelta(minutes=1)
# Longer would make people wait for nothing after the provider is back.
LONGEST_PAUSE = timedelta(minutes=30)


def next_circuit(consecutive_failures: int, now: datetime) -> datetime | None:
    """Until when an account pauses after that many failures in a row, or None when it does not.

    Count errors whose `trips_circuit` is true and start again from zero at any success. The fifth failure
    pauses for one minute and each further one doubles that, up to thirty minutes.
    """
    beyond = consecutive_failures - FAILURES_BEFORE_PAUSE
    if beyond < 0:
        return None
    # Five doublings already pass the longest pause; a larger exponent would only overflow.
    return now + min(FIRST_PAUSE * (1 << min(beyond, 5)), LONGEST_PAUSE)
