"""Who asks for a change: handed to every service, so that none of them needs to know about requests."""

from dataclasses import dataclass

from webapp.queries.scope import EVERYWHERE, Scope


@dataclass(frozen=True)
class Actor:
    """The person behind a change and their warehouse limit; without a person it is the system itself."""

    user_id: int | None = None
    scope: Scope = EVERYWHERE
    request_id: str | None = None


SYSTEM = Actor()
