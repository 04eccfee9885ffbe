"""What each role may do and who holds it, for the administrator of security."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from matchmaking.accounts.enums import Role
from matchmaking.accounts.role_table import role_table
from matchmaking.accounts.selectors import current_holders
from matchmaking.common.access import access
from matchmaking.common.pagination import paginate


@require_safe
@access("security.read")
def role_list(request: HttpRequest) -> HttpResponse:
    return render(request, "matchmaking/accounts/role_list.html", {"rows": role_table()})


@require_safe
@access("security.read")
def role_detail(request: HttpRequest, role: str) -> HttpResponse:
    if role not in Role.values:
        raise Http404
    context = {"role": Role(role), "page": paginate(request, current_holders(role))}
    return render(request, "matchmaking/accounts/role_detail.html", context)
