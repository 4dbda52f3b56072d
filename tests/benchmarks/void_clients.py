"""Many clients that void at once, each a process of its own, as several workers and web servers would."""

import multiprocessing
import time
import uuid
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Barrier

from sqlalchemy.engine import URL, make_url

from tests.benchmarks import data
from tests.benchmarks.void_floor import Floor
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.services.actors import Actor
from webapp.services.voids import void

Void = Callable[[int], None]
_START_SECONDS = 120


def rate(url: URL, redis_url: str, user_id: int, shares: Sequence[Sequence[int]], *, by_hand: bool) -> float:
    """Voids a second when as many processes as there are shares void theirs, from the first start to the last end.

    The first tenth of each share warms the process up and is not counted.
    """
    context = multiprocessing.get_context("spawn")
    barrier, times = context.Barrier(len(shares)), context.Queue()
    address = url.render_as_string(hide_password=False)
    processes = [
        context.Process(target=_client, args=(address, redis_url, user_id, share, by_hand, barrier, times))
        for share in shares
    ]
    for process in processes:
        process.start()
    spans = [times.get(timeout=10 * _START_SECONDS) for _ in processes]
    for process in processes:
        process.join()
    counted = sum(count for _, _, count in spans)
    return float(counted / (max(end for _, end, _ in spans) - min(start for start, _, _ in spans)))


def _client(
    address: str,
    redis_url: str,
    user_id: int,
    ids: Sequence[int],
    by_hand: bool,
    barrier: Barrier,
    times: "multiprocessing.Queue[tuple[float, float, int]]",
) -> None:
    url = make_url(address)
    if by_hand:
        floor = Floor(url, user_id)
        _work(floor.void, ids, barrier, times)
        floor.close()
        return
    with data.application(url, redis_url):
        _work(product(user_id, versions_of(ids)), ids, barrier, times)


def _work(
    act: Void, ids: Sequence[int], barrier: Barrier, times: "multiprocessing.Queue[tuple[float, float, int]]"
) -> None:
    warm = max(len(ids) // 10, 6)
    for id_ in ids[:warm]:
        act(id_)
    barrier.wait(_START_SECONDS)
    start = time.monotonic()
    for id_ in ids[warm:]:
        act(id_)
    times.put((start, time.monotonic(), len(ids) - warm))


def versions_of(ids: Sequence[int]) -> dict[int, int]:
    """What a page would have shown, read beforehand."""
    found = db.session.query(Fulfillment.id, Fulfillment.version).filter(Fulfillment.id.in_(ids))
    versions = {id_: version for id_, version in found}  # noqa: C416 - rows are not pairs to the type checker.
    db.session.commit()
    return versions


def product(user_id: int, versions: dict[int, int]) -> Void:
    """The product's own void as a form asks for it: key, version, checks, history, commit."""

    def act(fulfillment_id: int) -> None:
        void(
            fulfillment_id,
            reason="Benchmark",
            version=versions[fulfillment_id],
            key=uuid.uuid4().hex,
            actor=Actor(user_id),
            force=True,
            may_force=True,
        )
        db.session.commit()

    return act
