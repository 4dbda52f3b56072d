"""Making the lines of an order at ShipHero those of ours: three mutations, which are not one transaction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from webapp.providers.base import (
    AlreadyShipped,
    NewOrderLine,
    NotFound,
    NotUpdatable,
    OutcomeUnknown,
    ProviderError,
    Rejected,
)
from webapp.providers.reading_back import write_and_read_back
from webapp.providers.shapes import JsonObject, JsonValue
from webapp.providers.shiphero import documents, writing
from webapp.providers.shiphero.client import ShipHeroClient
from webapp.providers.shiphero.documents import Document
from webapp.providers.shiphero.mapping import Line, Order


@dataclass(frozen=True)
class LineChanges:
    """What is left to be done to the lines there; `changed` and `removed` by ShipHero's own ids."""

    added: tuple[NewOrderLine, ...]
    changed: Mapping[str, int]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def changes_between(there: tuple[Line, ...], wanted: tuple[NewOrderLine, ...]) -> LineChanges:
    """A line is the same when our key and the SKU are; one that stands there twice is taken back once."""
    first = {(line.key, line.sku): line for line in reversed(there)}
    kept = [(first[ours.key, ours.sku], ours) for ours in wanted if (ours.key, ours.sku) in first]
    kept_ids = {line.line_id for line, _ in kept}
    return LineChanges(
        added=tuple(ours for ours in wanted if (ours.key, ours.sku) not in first),
        changed={line.line_id: ours.quantity for line, ours in kept if line.quantity != ours.quantity},
        removed=tuple(line.line_id for line in there if line.line_id not in kept_ids),
    )


class LineUpdate:
    """One order's way from the lines it has to the lines it should have."""

    def __init__(
        self, client: ShipHeroClient, wanted: tuple[NewOrderLine, ...], settings: Mapping[str, JsonValue]
    ) -> None:
        self._client = client
        self._wanted = wanted
        self._settings = settings

    def apply_to(self, before: Order) -> Order:
        """The order with the lines asked for, read back. Raises what `update_order` of the protocol says.

        OutcomeUnknown is retryable when the order still stands there: what is left to do is worked out anew.
        """
        self._refuse(before)
        changes = changes_between(before.lines, self._wanted)
        if not changes:
            return before
        try:
            after = write_and_read_back(
                lambda: self._send(before.order_id, changes), lambda _: self._client.order(before.order_id)
            )
        except (Rejected, NotFound) as refusal:
            self._refuse(self._client.order(before.order_id))
            raise NotUpdatable(f"ShipHero did not change order {before.number}. {refusal.message}") from refusal
        return self._changed(after)

    def _changed(self, after: Order) -> Order:
        if not changes_between(after.lines, self._wanted):
            return after
        self._refuse(after)
        raise OutcomeUnknown(
            f"ShipHero was asked to change the lines of order {after.number}, which do not stand there as asked "
            "yet. Asking again does no harm.",
            retryable=True,
        )

    def _refuse(self, order: Order) -> None:
        if order.has_left:
            raise AlreadyShipped(f"ShipHero has shipped order {order.number} or has a valid label for it.")
        if order.is_cancelled:
            raise NotUpdatable(f"Order {order.number} is cancelled at ShipHero, so it takes no change.")

    def _send(self, order_id: str, changes: LineChanges) -> None:
        """Send what there is to send. A failure after something was accepted is not a refusal any more."""
        has_changed = False
        for document, data in self._calls(order_id, changes):
            try:
                self._client.change(document, data)
            except ProviderError as error:
                if not has_changed:
                    raise
                words = f"ShipHero accepted a part of the change only. {error.message}"
                raise OutcomeUnknown(words, retryable=True) from error
            has_changed = True

    def _calls(self, order_id: str, changes: LineChanges) -> Iterator[tuple[Document, JsonObject]]:
        """Removing comes last, so that the order is never empty."""
        if changes.added:
            yield documents.ADD_LINES, writing.add_data(order_id, changes.added, self._settings)
        if changes.changed:
            yield documents.CHANGE_LINES, writing.change_data(order_id, changes.changed, self._settings)
        if changes.removed:
            yield documents.REMOVE_LINES, writing.remove_data(order_id, changes.removed, self._settings)
