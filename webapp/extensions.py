"""The Flask extensions, created once and bound to the application by the factory; and its settings."""

from flask import current_app
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from webapp.config import Settings
from webapp.database import Session
from webapp.schema import Base

db = SQLAlchemy(model_class=Base, session_options={"class_": Session})
migrate = Migrate()
login_manager = LoginManager()
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address)
compress = Compress()


def settings() -> Settings:
    """The settings of the running application."""
    running: Settings = current_app.extensions["settings"]
    return running
