"""Pages of a list with a capped count, so that a million rows cost no more than ten thousand."""

from typing import Any, cast

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from rest_framework.pagination import CursorPagination


class CappedPaginator(Paginator):
    """Counts at most `settings.COUNT_CAP` rows; `is_capped` says that there are more."""

    @cached_property
    def _counted(self) -> int:
        if isinstance(self.object_list, list):
            return len(self.object_list)
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[: settings.COUNT_CAP + 1].count()

    @property
    def is_capped(self) -> bool:
        return self._counted > settings.COUNT_CAP

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        return min(self._counted, settings.COUNT_CAP)


def paginate(request: HttpRequest, rows: QuerySet[Any] | list[Any], *, per_page: int | None = None) -> Page:
    """Return the page the request asks for; a number that is no page gives the nearest one."""
    return CappedPaginator(rows, per_page or settings.PAGE_SIZE).get_page(request.GET.get("page"))


class ApiPagination(CursorPagination):
    """Cursor pagination of the API: stable while rows are added."""

    ordering = "-id"
    page_size_query_param = "page_size"
    max_page_size = 100
