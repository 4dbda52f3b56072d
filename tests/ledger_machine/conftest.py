"""The worker and the sandbox of the tests of jobs."""

from tests.jobs.conftest import drain, redis, sandbox, sandbox_url

__all__ = ["drain", "redis", "sandbox", "sandbox_url"]
