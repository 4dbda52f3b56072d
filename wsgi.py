"""The WSGI entry point: `gunicorn wsgi:app`, `flask --app wsgi …`."""

import gc
import sys

from webapp import create_app
from webapp.errors import ConfigurationError
from webapp.web import start

try:
    app = create_app()
except ConfigurationError as error:
    sys.exit(f"Dockside cannot start: {error.message}")
start.warn(app)
# What is loaded by now stays: looking through it for garbage again and again is a twentieth of a page's time.
gc.freeze()
gc.set_threshold(10_000, 20, 20)
