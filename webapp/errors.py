"""The errors this product raises on purpose: a sentence a person can act on, a stable code, an HTTP status."""

from http import HTTPStatus


class AppError(Exception):
    """A refusal with a message for the person who asked; mapped to a page, a fragment or JSON in one place."""

    code = "error"
    status = HTTPStatus.BAD_REQUEST

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigurationError(AppError):
    """A setting is missing or wrong; the program cannot start until it is mended."""

    code = "configuration"
    status = HTTPStatus.INTERNAL_SERVER_ERROR


class BadRequest(AppError):
    """The request names something that does not exist: a sort, a tab, a cursor, a page size."""

    code = "bad_request"


class NotFound(AppError):
    """No such row, or not one this person may see; the two are never told apart."""

    code = "not_found"
    status = HTTPStatus.NOT_FOUND


class Forbidden(AppError):
    """The person's role does not allow this."""

    code = "forbidden"
    status = HTTPStatus.FORBIDDEN


class SignInNeeded(AppError):
    """Nobody is signed in, or not any more, and a plain form was sent."""

    code = "sign_in_needed"
    status = HTTPStatus.UNAUTHORIZED


class Refused(AppError):
    """The operation is understood and its rule says no."""

    code = "refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Conflict(AppError):
    """Someone changed the row since the person read it; `changes` says what, who and when."""

    code = "conflict"
    status = HTTPStatus.CONFLICT


class Stale(Conflict):
    """The shipment has another version than the one the change was made from; `version` is the present one."""

    def __init__(self, version: int) -> None:
        super().__init__("Someone changed this shipment while you had it open, so nothing was changed.")
        self.version = version


class IdempotencyKeyReused(AppError):
    """The same idempotency key came again with other parameters."""

    code = "idempotency_key_reused"
    status = HTTPStatus.CONFLICT
