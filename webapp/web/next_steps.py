"""What can be pressed in a row that needs attention: each step with its address, for those who may take it."""

from collections.abc import Iterable
from dataclasses import dataclass

from webapp.queries.listing.attention import Finding, Step
from webapp.statuses import Permission


@dataclass(frozen=True)
class NextStep:
    """A step about one shipment. `is_sent` ones change something, `is_dialog` ones open over the list.

    `key` presses it while the row has the keyboard.
    """

    label: str
    address: str
    permission: Permission
    is_sent: bool = False
    is_dialog: bool = False
    key: str = ""


STEPS = {
    Step.SEND_AGAIN: NextStep("Send again", "/send-to-provider", Permission.FULFIL),
    Step.RESYNC: NextStep("Resync", "/resync-from-provider", Permission.RESYNC, is_sent=True, key="r"),
    Step.ADD_TRACKING: NextStep("Add tracking", "/shipping-details", Permission.EDIT_SHIPPING, is_dialog=True),
    Step.SEE_CALLS: NextStep("See the calls", "/exchanges", Permission.BROWSE),
    Step.SEE_PROVIDER_ORDER: NextStep("See the provider order", "#provider-orders", Permission.BROWSE),
    Step.TELL_CHANNEL: NextStep(
        "Tell the channel", "/submit-to-channel", Permission.SUBMIT_TO_CHANNEL, is_sent=True
    ),
    Step.SEE_CHANNEL: NextStep("See the channel", "#channel", Permission.BROWSE),
    Step.SEE_SHIPMENT: NextStep("Open it", "", Permission.BROWSE),
}


def next_steps(findings: Iterable[Finding], may: Iterable[Permission]) -> list[NextStep]:
    """The steps that help with any of these and that a person with these permissions may take, each once."""
    wanted = dict.fromkeys(step for finding in findings for step in finding.steps)
    allowed = frozenset(may)
    return [STEPS[step] for step in wanted if STEPS[step].permission in allowed]
