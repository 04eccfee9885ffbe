"""What every answer carries, whoever gave it: a page, a file, an error, a redirect, the web server itself.

`SecurityMiddleware` (HSTS, nosniff, Referrer-Policy, COOP) and django-csp write their own; here is what they leave.
"""

from collections.abc import Callable

from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

_Next = Callable[[HttpRequest], HttpResponseBase]


def standing_headers() -> dict[str, str]:
    """The headers that depend on nobody's request: for answers that never reach the application."""
    found = {
        "Content-Security-Policy": build_policy() or "",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": settings.PERMISSIONS_POLICY,
        "Cache-Control": "no-store",
    }
    if settings.SECURE_HSTS_SECONDS:
        found["Strict-Transport-Security"] = (
            f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
        )  # fmt: skip
    return found


class HeadersMiddleware:
    """Outermost but for the request id: what any middleware or library answers passes through here.

    - `Cross-Origin-Resource-Policy` and `Permissions-Policy`;
    - `Cache-Control: no-store` as soon as somebody has signed in, errors and redirects included;
    - `Clear-Site-Data` when somebody signs out, or a session turns out to be over: what the browser kept of him goes;
    - cookies of libraries become `HttpOnly`, `SameSite` and, with TLS, `Secure`.
    """

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response
        self.static = f"/{settings.STATIC_URL.strip('/')}/"

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        known = settings.SESSION_COOKIE_NAME in request.COOKIES or "HTTP_AUTHORIZATION" in request.META
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        self._guard_cookies(response)
        # A file that was found under /static/ is the same for everybody and may be kept.
        shared = request.path.startswith(self.static) and response.status_code in (200, 206, 304)
        if (known or _signs_in(request, response)) and not shared:
            _keep_nowhere(response)
        if _signs_out(request, response):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def _guard_cookies(self, response: HttpResponseBase) -> None:
        for cookie in response.cookies.values():
            cookie["httponly"] = True
            cookie["samesite"] = cookie["samesite"] or "Lax"
            if settings.SESSION_COOKIE_SECURE:
                cookie["secure"] = True


def _signs_in(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether there is a person now: after signing in, or by what a middleware found out."""
    user = getattr(request, "user", None)
    return settings.SESSION_COOKIE_NAME in response.cookies or bool(user is not None and user.is_authenticated)


def _signs_out(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether somebody left with this request; without a session of its own the cookie is taken away."""
    cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
    return getattr(request, "signed_out", False) or (cookie is not None and not cookie.value)


def _keep_nowhere(response: HttpResponseBase) -> None:
    said = response.headers.get("Cache-Control", "")
    if "no-store" not in said:
        response.headers["Cache-Control"] = "no-store"
