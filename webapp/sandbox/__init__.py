"""A local server that plays the providers over real HTTP, for practice mode and for tests."""

from webapp.sandbox.app import create_sandbox
from webapp.sandbox.remote import SandboxControl
from webapp.sandbox.server import running, serve

__all__ = ["SandboxControl", "create_sandbox", "running", "serve"]
