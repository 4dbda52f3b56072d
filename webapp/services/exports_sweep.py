"""What the schedule does to exports: deletes files past their time, and whatever no finished run has left."""

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Export, Run
from webapp.schema import now
from webapp.services import export_storage
from webapp.statuses import UNFINISHED_RUN_STATES

_UNFINISHED = tuple(state.value for state in UNFINISHED_RUN_STATES)


def delete_old() -> int:
    """Delete what nobody may download any more, and return how many folders that were. Raises StorageFailed.

    A folder holds the tries of one run. Safe to repeat, and while others work: an unfinished run is left alone.
    """
    folders = export_storage.folders()  # Before the runs are read: a folder made later is no business of this.
    expired = sa.update(Export).where(Export.expires_at <= now(), Export.storage_key.is_not(None))
    db.session.execute(expired.values(storage_key=None), execution_options={"synchronize_session": False})
    kept = _kept()
    gone = [folder for folder in folders if folder not in kept]
    for folder in gone:
        export_storage.remove(folder)
    return len(gone)


def _kept() -> set[str]:
    """The folders of runs that work, and of files that may be downloaded."""
    wanted = sa.or_(Run.state.in_(_UNFINISHED), Export.storage_key.is_not(None))
    return {str(run_id) for run_id in db.session.scalars(sa.select(Run.id).join(Export).where(wanted))}
