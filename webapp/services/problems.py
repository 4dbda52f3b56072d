"""What a shipment says of a call that went wrong: the words of whoever refused, and what comes next."""

from webapp.errors import AppError
from webapp.statuses import RunKind

LENGTH = 500  # What the columns for it hold.
# What the clock asks about again when nobody knows what came of it; see services.unknown_outcomes.
ASKED_AGAIN = (
    RunKind.VOID,
    RunKind.CREATE_PROVIDER_ORDER,
    RunKind.RESYNC_TO_PROVIDER,
    RunKind.CANCEL_PROVIDER_ORDER,
    RunKind.SUBMIT_TO_CHANNEL,
    RunKind.TAKE_BACK_AT_CHANNEL,
)

# The run about one shipment that finds out what became of a row of these; see services.bulk_unknown.
ALONE = {
    RunKind.BULK_VOID: RunKind.VOID,
    RunKind.BULK_RESYNC_TO: RunKind.RESYNC_TO_PROVIDER,
    RunKind.BULK_CANCEL_ORDERS: RunKind.CANCEL_PROVIDER_ORDER,
}


def worded(error: AppError, *advice: str) -> str:
    """The error's words and the advice, as long as a column holds; long words of others give way to the advice."""
    end = "".join(f" {sentence}" for sentence in advice if sentence)
    room = LENGTH - len(end)
    words = error.message if len(error.message) <= room else f"{error.message[: room - 1]}…"
    return words + end


def outlook(kind: RunKind) -> str:
    """What becomes of an outcome that nobody knows, in a sentence; nothing where that is left to a person."""
    return (
        "What came of it is looked into again by itself, for some hours."
        if ALONE.get(kind, kind) in ASKED_AGAIN
        else ""
    )
