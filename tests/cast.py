"""The people of the tests. Their names say their role; Rita may only see the warehouse in Reno."""

from functools import cached_property

from webapp.extensions import db
from webapp.models import User, UserWarehouse
from webapp.statuses import Role

PASSWORD = "correct horse battery"
# Argon2 of PASSWORD with the cheapest parameters, so that signing in costs the suite nothing.
PASSWORD_HASH = "$argon2id$v=19$m=8,t=1,p=1$mUJ+Yv4Vv6WxKc/6OSyGEA$AyZO/LQLMoJxOlfXt8o5lfLdBjRmeClAvc5JA99TDLw"


class Cast:
    """Each person is made when first asked for."""

    @cached_property
    def viewer(self) -> User:
        return self._person("vera", "Vera Viewer", Role.VIEWER)

    @cached_property
    def operator(self) -> User:
        return self._person("otto", "Otto Operator", Role.OPERATOR)

    @cached_property
    def supervisor(self) -> User:
        return self._person("susan", "Susan Supervisor", Role.SUPERVISOR)

    @cached_property
    def admin(self) -> User:
        return self._person("ada", "Ada Admin", Role.ADMIN)

    def of_role(self, role: Role) -> User:
        user: User = getattr(self, role.value)
        return user

    def limited_to(self, *warehouse_ids: int, role: Role = Role.OPERATOR) -> User:
        """Rita, who sees only these warehouses."""
        user = self._person("rita", "Rita Reno", role, limited=True)
        db.session.add_all(UserWarehouse(user_id=user.id, warehouse_id=id_) for id_ in warehouse_ids)
        db.session.commit()
        return user

    @staticmethod
    def _person(username: str, display_name: str, role: Role, *, limited: bool = False) -> User:
        user = User(
            username=username,
            display_name=display_name,
            password_hash=PASSWORD_HASH,
            role=role.value,
            limited_to_warehouses=limited,
        )
        db.session.add(user)
        db.session.commit()
        return user
