"""The WSGI entry point: `gunicorn wsgi:app`, `flask --app wsgi …`."""

import sys

from webapp import create_app
from webapp.errors import ConfigurationError
from webapp.web import start

try:
    app = create_app()
except ConfigurationError as error:
    sys.exit(f"Dockside cannot start: {error.message}")
start.warn(app)
