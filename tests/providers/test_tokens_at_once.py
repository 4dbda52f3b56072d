"""Tokens that expire while two workers are at work."""

from collections import Counter
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from tests.processes import at_once
from tests.providers.conftest import _account_ids
from tests.providers.flat_out import Errand, before_and_after
from webapp.providers.base import OrderReference, ProviderAccountRecord
from webapp.providers.shared_tokens import SharedTokens
from webapp.sandbox import SandboxControl
from webapp.sandbox.shiphero_access import LIFETIME
from webapp.sandbox.shopify_access import CLIENT_ID, CLIENT_SECRET

SIGN_IN = {"shiphero": "/auth/refresh", "fba": "/auth/o2/token", "shopify": "/admin/oauth/access_token"}
WORKERS = 2
ORDER = "SO-1.1"


@pytest.mark.slow
def test_a_token_that_expires_in_the_middle_is_renewed_once_for_all_workers(
    sandbox: SandboxControl,
    sandbox_url: str,
    redis_url: str,
    hero_account: ProviderAccountRecord,
    amazon_account: ProviderAccountRecord,
    shop_account: ProviderAccountRecord,
) -> None:
    by_client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    errands = []
    for one in (hero_account, amazon_account, replace(shop_account, credentials=by_client)):
        external_id = sandbox.load(one.kind, [{"number": ORDER}])[ORDER]
        errands.append(Errand(replace(one, id=next(_account_ids)), OrderReference(external_id, ORDER), calls=4))

    tokens = SharedTokens(redis_url, (Fernet.generate_key().decode(),))
    told = at_once(WORKERS, before_and_after, errands, sandbox_url, LIFETIME, tokens)

    assert [len(each) for each in told] == [2 * len(errands)] * WORKERS
    for kind, path in SIGN_IN.items():
        seen = Counter(request.path for request in sandbox.requests(kind))
        assert (kind, seen[path]) == (kind, 2)
