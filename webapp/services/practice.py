"""What practice mode needs beside the data: people to sign in as, and accounts that find the sandbox."""

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import ProviderAccount, User
from webapp.services import accounts
from webapp.services.credentials import encrypt
from webapp.services.practice_orders import PLAYED
from webapp.services.practice_shop import SHOP
from webapp.services.seeding.catalog import PRACTICE_CREDENTIALS, PRACTICE_SETTINGS
from webapp.statuses import Role

PASSWORD = "dockside-demo"  # noqa: S105 - printed on the terminal of whoever tries Dockside, and refused elsewhere


def add_people() -> None:
    """Add one person per role, named like it, when there is nobody yet."""
    if db.session.scalar(sa.select(User.id).limit(1)) is None:
        for role in Role:
            accounts.add(role.value, PASSWORD, role, display_name=role.label)


def point_to_sandbox(sandbox_url: str) -> None:
    """Let the accounts of this machine's sandbox find it where it listens now, and be let in."""
    known = sa.select(ProviderAccount).where(
        ProviderAccount.kind.in_((*PLAYED, SHOP)), ProviderAccount.base_url.like("http://127.0.0.1:%")
    )
    for account in db.session.scalars(known):
        account.base_url = f"{sandbox_url}/{account.kind}"
        account.credentials = encrypt(PRACTICE_CREDENTIALS[account.kind])
        account.settings = {**PRACTICE_SETTINGS.get(account.kind, {}), **account.settings}
