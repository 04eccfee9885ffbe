"""The lint of the single door: where people are answered, records are reached through what their readers may see.

A model is guarded when its queryset says who sees its rows (`visible_to`, or `readable_by` for protected bodies). In
the files below, a query on a guarded model starts at a method that takes the reader. What a service, a selector or a
job does is its own business: it loads by the key it was given, and what leaves it starts here.
"""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps

from matchmaking.programmes.models import ProtectedBody

# Files that answer people: by the name of the file or of one of its folders.
ANSWERING = {"views", "api", "exporting", "filters", "forms", "templatetags", "presenting", "presenting_rows", "sheet",
             "listing", "sending", "mails", "serializers", "context_processors", "first_screens", "navigation",
             "attaching", "pool", "desk", "panels"}  # fmt: skip
# Folders in which those names mean something else: what happens behind the door.
BEHIND = {"migrations", "management", "sampledata", "services", "importing"}
DOORS = ("visible_to", "readable_by")
FETCHERS = ("get_object_or_404", "get_list_or_404", "aget_object_or_404")
MANAGERS = ("objects", "_default_manager", "_base_manager")

# "file:function" → why the query needs no reader. The only list; an entry that has become needless is an error.
_COUNTED = "what waits at every desk, for the job that counts and reminds; each desk reads its own with `waiting`"
EXCEPTIONS = {
    "catalog/desk.py:register": _COUNTED,
    "needs/desk.py:register": _COUNTED,
    "needs/talent/desk.py:register": _COUNTED,
    "experts/desk.py:register": _COUNTED,
    "experts/teams/desk.py:register": _COUNTED,
    "catalog/sheet.py:_initial_rows": "the units that the record's own waiting change names",
    "catalog/views/detail.py:_health": "the record that the page has already found by `visible_to`",
    "experts/api.py:ExpertViewSet.partial_update": "the body of the record found by `visible_to`, after `can_edit`",
    "matchmaking/accounts/forms.py:OrganisationForm": "the parks of the public directory, which everybody sees",
    "matchmaking/accounts/invitations/views.py:_open": "the invitation whose token the visitor holds",
    "experts/teams/forms.py:TeamSheet.__init__": "the querysets the view gave, and those who are in the team already",
    "experts/teams/forms.py:TeamForm.__init__": "the queryset the view gave, and the lead the team has",
}


def guarded() -> dict[str, set[str]]:
    """{model: methods of its queryset that take the reader} of every model that says who sees its rows."""
    found = {}
    for model in apps.get_models():
        methods = inspect.getmembers(type(model._default_manager.all()), inspect.isfunction)
        takes_reader = {name for name, one in methods if "user" in inspect.signature(one).parameters}
        if takes_reader & set(DOORS) or issubclass(model, ProtectedBody):
            found[model.__name__] = takes_reader | {"none"}
    return found


def answering(root: Path, packages: tuple[str, ...]) -> Iterator[Path]:
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            parts = {*path.relative_to(root).with_suffix("").parts}
            if parts & ANSWERING and not parts & BEHIND:
                yield path


def unscoped(source: str, models: dict[str, set[str]]) -> Iterator[tuple[str, int, str]]:
    """(function, line, what stands there) of every query on a guarded model that asks for no reader."""
    tree = ast.parse(source)
    above = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS and _model(node.value) in models:
            if not _calls(node, above) & models[_model(node.value)]:
                yield _function(node, above), node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call) and _model(node.func) in FETCHERS and node.args:
            if _model(node.args[0]) in models:
                yield _function(node, above), node.lineno, ast.unparse(node)
        elif isinstance(node, ast.keyword) and node.arg in ("model", "queryset") and _model(node.value) in models:
            yield _function(node, above), node.value.lineno, f"{node.arg}={ast.unparse(node.value)}"


def _model(node: ast.AST) -> str:
    """The name of `Model` and `models.Model`."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _calls(node: ast.AST, above: dict[ast.AST, ast.AST]) -> set[str]:
    """The methods that are called one after the other on `Model.objects`."""
    called = set()
    while isinstance(parent := above.get(node), ast.Attribute | ast.Call) and node is not None:
        if isinstance(parent, ast.Call) and parent.func is not node:
            break
        if isinstance(parent, ast.Attribute):
            called.add(parent.attr)
        node = parent
    return called


def _function(node: ast.AST, above: dict[ast.AST, ast.AST]) -> str:
    names = []
    while (node := above.get(node)) is not None:  # type: ignore[assignment]
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
    return ".".join(reversed(names)) or "<module>"
