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
# On list pages of about 110 kB, Brotli 6 takes some 0.3 ms longer than zstd 7 and makes them an eighth smaller; a
# scanner on a warehouse's wireless network waits for the bytes.
COMPRESSION = {
    "COMPRESS_ALGORITHM": ["br", "zstd", "gzip"],
    "COMPRESS_ALGORITHM_STREAMING": ["zstd", "br", "gzip"],
    "COMPRESS_ZSTD_LEVEL": 7,
    "COMPRESS_BR_LEVEL": 7,
    "COMPRESS_BR_WINDOW": 18,  # 256 KiB hold any page; a larger window takes longer to clear.
    "COMPRESS_LEVEL": 5,
}


def settings() -> Settings:
    """The settings of the running application."""
    running: Settings = current_app.extensions["settings"]
    return running
