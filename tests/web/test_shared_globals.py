"""Templates are looked up by name: how many are kept is bounded, and while developing none is."""

from jinja2 import DictLoader

from webapp.web import shared_globals
from webapp.web.shared_globals import SharedGlobals


class _Site:
    """As much of Flask as its environment asks for."""

    def select_jinja_autoescape(self, _name: str) -> bool:
        return True

    def create_global_jinja_loader(self) -> DictLoader:
        return DictLoader({})


def environment(texts: dict[str, str], *, auto_reload: bool) -> SharedGlobals:
    return SharedGlobals(_Site(), loader=DictLoader(texts), auto_reload=auto_reload)


def test_a_template_is_compiled_once_but_while_developing() -> None:
    for auto_reload, found in ((False, "old"), (True, "new")):
        texts = {"page.html": "old"}
        made = environment(texts, auto_reload=auto_reload)
        assert made.get_template("page.html").render() == "old"
        texts["page.html"] = "new"
        assert made.get_template("page.html").render() == found


def test_no_more_are_kept_than_there_is_room_for() -> None:
    most = shared_globals.KEPT_TEMPLATES
    made = environment({str(number): str(number) for number in range(most + 2)}, auto_reload=False)
    for number in range(most + 2):
        assert made.get_template(str(number)).render() == str(number)
        assert len(made._known) <= most
