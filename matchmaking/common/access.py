"""Every route declares who may enter it. Start-up fails for a route without a declaration.

`@access(PUBLIC)`, `@access(SIGNED_IN)` or `@access("achievement.create", ...)`: with capabilities, the visitor must
hold at least one of them in one of his organisations. Which rows he then sees is the queryset's business
(`visible_to`), and whether he may act on one of them is the business of the app's `rules.py`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from matchmaking.common import acting
from matchmaking.common.returning import page_of

PUBLIC = "public"
SIGNED_IN = "signed-in"
View = Callable[..., HttpResponseBase]

# Views of libraries, which cannot be decorated, by the name of their URL.
EXTERNAL_ROUTES: dict[str, tuple[str, ...]] = {}


def access(*declared: str) -> Callable[[View], View]:
    """Declare who may enter a view: PUBLIC, SIGNED_IN, or capabilities of which one is enough."""
    if not declared:
        raise ValueError("a route must declare its access")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if PUBLIC not in declared:
                if not request.user.is_authenticated:
                    from django.contrib.auth.views import redirect_to_login  # needs the loaded app registry

                    return redirect_to_login(page_of(request) or request.get_full_path())
                if SIGNED_IN not in declared:
                    if not any(request.user.can(name) for name in declared):
                        raise PermissionDenied
                    acting.through(*declared)
            return view(request, *args, **kwargs)

        guarded.access = declared  # type: ignore[attr-defined]
        return guarded

    return decorate


def declare_external(names: dict[str, str]) -> None:
    """Declare the access of a library's routes: URL name → PUBLIC or SIGNED_IN."""
    EXTERNAL_ROUTES.update({name: (value,) for name, value in names.items()})
