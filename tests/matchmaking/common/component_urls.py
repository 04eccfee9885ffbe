"""The project's routes, and the pages on which the components are tried."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from matchmaking.common.gallery import sample
from matchmaking.common.htmx import page_or_fragment, stop_polling
from matchmaking.common.views import gallery
from matchmaking.urls import urlpatterns as project_routes

ROWS = ("高温涂层", "锂电隔膜", "大型铸件")


def trial(request: HttpRequest) -> HttpResponse:
    """A list that filters itself, as every list page does it."""
    from django import forms
    from django.core.paginator import Paginator

    class Filter(forms.Form):
        q = forms.CharField(label="关键词", required=False)
        state = forms.ChoiceField(label="状态", choices=[("", "不限"), ("draft", "草稿")], required=False)

    wanted = request.GET.get("q", "")
    context = {
        "filter": type("FilterSet", (), {"form": Filter(data=request.GET)})(),
        "page": Paginator([row for row in ROWS if wanted in row], 2).get_page(request.GET.get("page")),
        "live_url": "/trial/live/",
    }
    return page_or_fragment(request, "trial_page.html", "trial_list.html", context)


@csrf_exempt
def form(request: HttpRequest) -> HttpResponse:
    """A long form. Every post is refused as too old, or answered as after a lost session (?signed-out)."""
    if request.method == "POST":
        if "signed-out" in request.GET:
            return redirect("/trial/sign-in/")
        return render(request, "403_csrf.html")  # with status 200, as the tests forbid the browser every complaint
    return render(request, "trial_form.html")


def live(request: HttpRequest) -> HttpResponse:
    return stop_polling(HttpResponse("<p>fertig</p>"))


def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page with the persons of a demonstration, without asking a database for them."""
    from allauth.account.forms import LoginForm

    return render(request, "account/login.html", {"form": LoginForm(), "personas": sample(request.GET)["personas"]})


urlpatterns = [
    path("trial/form/", form),
    path("trial/sign-in/", sign_in),
    path("gallery/", gallery),
    path("trial/", trial),
    path("trial/live/", live),
    *project_routes,
]
