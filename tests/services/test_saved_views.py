"""Saved views: names, sharing, versions, copies, and what each person and role starts with."""

import secrets
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import Cast
from tests.together import together
from webapp.errors import BadRequest, Forbidden, IdempotencyKeyReused, NotFound, Refused
from webapp.extensions import db
from webapp.models import DefaultView, SavedView, User
from webapp.queries.accounts import Person
from webapp.queries.saved_views import Views, role_starts, visible_to
from webapp.queries.scope import EVERYWHERE
from webapp.services import saved_views
from webapp.services.actors import SYSTEM, Actor
from webapp.services.saved_views import NameTaken, Stale, can_share
from webapp.services.saved_views_start import let_role_start_with, start_with
from webapp.statuses import Role

STATE = {"tab": "all", "columns": ["status"]}


def actor(user: User) -> Actor:
    return Actor(user.id)


def seen_by(user: User) -> Views:
    db.session.commit()
    person = Person(
        id=user.id, username=user.username, display_name=user.display_name, role=Role(user.role), locale="en_US",
        scope=EVERYWHERE,
    )  # fmt: skip
    return visible_to(person)


def create(user: User, name: str = "Late", *, is_shared: bool = False, key: str = "", **state: Any) -> int:
    view_id = saved_views.create(
        name, STATE | state, is_shared=is_shared, key=key or secrets.token_hex(16),
        actor=actor(user), may_share=can_share(Role(user.role)),
    )  # fmt: skip
    db.session.commit()
    return view_id


def edit(user: User, view_id: int, name: str = "Late", *, is_shared: bool = False, version: int = 1) -> None:
    saved_views.edit(
        view_id,
        name,
        is_shared=is_shared,
        version=version,
        actor=actor(user),
        may_share=can_share(Role(user.role)),
    )
    db.session.commit()


def delete(user: User, view_id: int) -> None:
    saved_views.delete(view_id, actor=actor(user), may_share=can_share(Role(user.role)))
    db.session.commit()


def test_a_view_is_kept_with_its_state(cast: Cast) -> None:
    view_id = create(cast.operator, "Late", size=25)
    (view,) = seen_by(cast.operator).each
    assert (view.id, view.name, view.is_mine, view.is_shared, view.version) == (view_id, "Late", True, False, 1)
    assert view.state == {"tab": "all", "columns": ["status"], "size": 25}


def test_one_sees_ones_own_views_first_and_the_shared_ones_of_others(cast: Cast) -> None:
    create(cast.supervisor, "b shared", is_shared=True)
    create(cast.supervisor, "personal")
    for name in ("zulu", "Alpha"):
        create(cast.operator, name)
    assert [view.name for view in seen_by(cast.operator).each] == ["Alpha", "zulu", "b shared"]
    assert [view.owner_name for view in seen_by(cast.viewer).each] == ["Susan Supervisor"]


def test_a_name_is_used_once_by_one_person(cast: Cast) -> None:
    create(cast.operator)
    create(cast.viewer)
    with pytest.raises(NameTaken, match="Late"):
        create(cast.operator)
    db.session.rollback()
    other = create(cast.operator, "Other")
    with pytest.raises(NameTaken):
        edit(cast.operator, other, "Late")


def test_the_same_form_makes_one_view(cast: Cast) -> None:
    key = secrets.token_hex(16)
    assert create(cast.operator, key=key) == create(cast.operator, key=key)
    assert len(seen_by(cast.operator).each) == 1
    with pytest.raises(IdempotencyKeyReused):
        create(cast.operator, "Another", key=key)
    db.session.rollback()
    with pytest.raises(BadRequest):
        saved_views.create("X", {}, is_shared=False, key=None, actor=actor(cast.viewer), may_share=False)


def test_the_same_name_at_the_same_moment_is_taken_once(app: Flask, cast: Cast) -> None:
    user = actor(cast.operator)

    def act(_number: int) -> str:
        try:
            saved_views.create(
                "Late", STATE, is_shared=False, key=secrets.token_hex(16), actor=user, may_share=False
            )
            db.session.commit()
        except NameTaken:
            return "taken"
        return "made"

    assert sorted(together(app, 4, act)) == ["made", "taken", "taken", "taken"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_who_may_not_share_does_not(cast: Cast, role: Role) -> None:
    user = cast.of_role(role)
    with pytest.raises(Forbidden):
        create(user, is_shared=True)
    db.session.rollback()
    view_id = create(user)
    with pytest.raises(Forbidden):
        edit(user, view_id, is_shared=True)


def test_who_may_not_share_any_more_still_renames_what_is_shared(cast: Cast) -> None:
    view_id = create(cast.supervisor, is_shared=True)
    db.session.execute(sa.update(User).where(User.id == cast.supervisor.id).values(role="operator"))
    db.session.commit()
    edit(cast.supervisor, view_id, "Later", is_shared=True)
    assert [view.name for view in seen_by(cast.viewer).each] == ["Later"]


def test_a_save_raises_the_version_and_a_stale_one_is_refused(cast: Cast) -> None:
    view_id = create(cast.operator)
    saved_views.save(view_id, STATE | {"size": 25}, version=1, actor=actor(cast.operator))
    db.session.commit()
    with pytest.raises(Stale) as stale:
        saved_views.save(view_id, STATE | {"size": 100}, version=1, actor=actor(cast.operator))
    assert stale.value.version == 2
    db.session.rollback()
    (view,) = seen_by(cast.operator).each
    assert (view.version, view.state["size"]) == (2, 25)


def test_saving_twice_the_same_is_no_conflict(cast: Cast) -> None:
    view_id = create(cast.operator)
    for _ in range(2):
        saved_views.save(view_id, STATE | {"size": 25}, version=1, actor=actor(cast.operator))
        db.session.commit()
    assert seen_by(cast.operator).each[0].version == 2


def test_a_stale_rename_is_refused(cast: Cast) -> None:
    view_id = create(cast.operator)
    edit(cast.operator, view_id, "Later")
    with pytest.raises(Stale):
        edit(cast.operator, view_id, "Latest", version=1)


@pytest.mark.parametrize("is_shared", [True, False])
def test_only_its_owner_changes_a_view(cast: Cast, is_shared: bool) -> None:
    view_id = create(cast.supervisor, is_shared=is_shared)
    for user in (cast.operator, cast.admin):
        with pytest.raises(NotFound):
            saved_views.save(view_id, STATE, version=1, actor=actor(user))
        with pytest.raises(NotFound):
            edit(user, view_id, "Mine now")


def test_a_shared_view_is_deleted_by_its_owner_and_those_who_may_share(cast: Cast) -> None:
    view_id = create(cast.admin, is_shared=True)
    with pytest.raises(Forbidden):
        delete(cast.operator, view_id)
    db.session.rollback()
    delete(cast.supervisor, view_id)
    personal = create(cast.admin)
    with pytest.raises(NotFound):
        delete(cast.supervisor, personal)
    delete(cast.admin, personal)
    assert not db.session.scalars(sa.select(SavedView)).all()


def test_a_copy_is_personal_and_has_a_free_name(cast: Cast) -> None:
    view_id = create(cast.supervisor, "x" * 80, is_shared=True)
    key = secrets.token_hex(16)
    for each in (key, key, secrets.token_hex(16)):
        saved_views.duplicate(view_id, key=each, actor=actor(cast.viewer))
        db.session.commit()
    copies = [view for view in seen_by(cast.viewer).each if view.is_mine]
    assert [view.name for view in copies] == ["x" * 73 + " copy 2", "x" * 75 + " copy"]
    assert not any(view.is_shared for view in copies)
    assert copies[0].state == STATE


def test_somebody_elses_personal_view_is_not_copied(cast: Cast) -> None:
    with pytest.raises(NotFound):
        saved_views.duplicate(create(cast.admin), key=secrets.token_hex(16), actor=actor(cast.viewer))


def test_ones_own_start_comes_before_that_of_ones_role(cast: Cast) -> None:
    for_role, for_me = create(cast.admin, "Role", is_shared=True), create(cast.viewer, "Mine")
    let_role_start_with(for_role, Role.VIEWER, actor=actor(cast.admin))
    assert seen_by(cast.viewer).start.id == for_role
    assert seen_by(cast.operator).start is None
    start_with(for_me, actor=actor(cast.viewer))
    assert seen_by(cast.viewer).start.id == for_me
    assert role_starts() == {Role.VIEWER: for_role}
    start_with(None, actor=actor(cast.viewer))
    assert seen_by(cast.viewer).start.id == for_role
    let_role_start_with(None, Role.VIEWER, actor=actor(cast.admin))
    assert seen_by(cast.viewer).start is None


def test_a_start_is_replaced_by_the_next(cast: Cast) -> None:
    for name in ("One", "Two"):
        view_id = create(cast.admin, name, is_shared=True)
        start_with(view_id, actor=actor(cast.viewer))
        let_role_start_with(view_id, Role.OPERATOR, actor=actor(cast.admin))
        db.session.commit()
    assert seen_by(cast.viewer).start.name == "Two"
    assert seen_by(cast.operator).start.name == "Two"
    assert len(db.session.scalars(sa.select(DefaultView)).all()) == 2


def test_a_start_that_is_deleted_or_withdrawn_is_none(cast: Cast) -> None:
    view_id = create(cast.supervisor, is_shared=True)
    start_with(view_id, actor=actor(cast.viewer))
    let_role_start_with(view_id, Role.OPERATOR, actor=actor(cast.admin))
    let_role_start_with(view_id, Role.SUPERVISOR, actor=actor(cast.admin))
    edit(cast.supervisor, view_id)
    for user in (cast.viewer, cast.operator, cast.supervisor):
        assert seen_by(user).start is None
    assert role_starts() == {}
    edit(cast.supervisor, view_id, is_shared=True, version=2)
    assert seen_by(cast.operator).start.id == view_id
    delete(cast.supervisor, view_id)
    assert seen_by(cast.operator).start is None
    assert not db.session.scalars(sa.select(DefaultView)).all()


def test_a_start_must_be_a_view_that_is_seen(cast: Cast) -> None:
    personal = create(cast.admin)
    with pytest.raises(NotFound):
        start_with(personal, actor=actor(cast.viewer))
    with pytest.raises(Refused, match="shared"):
        let_role_start_with(personal, Role.VIEWER, actor=actor(cast.admin))


def test_views_belong_to_people(app: Flask) -> None:
    with pytest.raises(ValueError, match="people"):
        saved_views.delete(1, actor=SYSTEM, may_share=True)
