"""What a person says about many shipments at once, and what becomes of each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.services import voids
from webapp.statuses import BulkBucket

NOT_THERE = voids.NOT_THERE


@dataclass(frozen=True)
class Terms:
    """What the person said about all of them: why, and whether what has shipped is voided too."""

    reason: str = ""
    force: bool = False

    def as_json(self) -> dict[str, Any]:
        return {"reason": self.reason, "force": self.force}

    @classmethod
    def from_json(cls, parameters: Mapping[str, Any]) -> "Terms":
        return cls(reason=parameters.get("reason", ""), force=parameters.get("force", False))


@dataclass(frozen=True)
class Verdict:
    """What became of one shipment, or what would, and why. `is_at_provider`: it, or the channel, is asked."""

    fulfillment_id: int
    bucket: BulkBucket
    reason: str = ""
    is_at_provider: bool = False


def asked(fulfillment_id: int, refusal: str | None, promise: str) -> Verdict:
    """Somebody outside is to be asked about the shipment, unless there is a refusal."""
    if refusal:
        return Verdict(fulfillment_id, BulkBucket.SKIPPED, refusal)
    return Verdict(fulfillment_id, BulkBucket.DONE, promise, is_at_provider=True)


def missing(fulfillment_id: int) -> Verdict:
    """There is no such shipment, or the person does not see it."""
    return Verdict(fulfillment_id, BulkBucket.ERRORS, NOT_THERE)
