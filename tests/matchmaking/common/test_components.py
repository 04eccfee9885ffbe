"""Components: what they say, what they escape, and that they need nothing but their arguments."""

import datetime as dt
import re
from types import SimpleNamespace

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.template import RequestContext, TemplateSyntaxError, engines
from django.test import RequestFactory
from django.utils import translation
from django_filters.fields import RangeField
from django_htmx.middleware import HtmxMiddleware

from matchmaking.common import htmx
from matchmaking.common.gallery import FilterForm, sample
from matchmaking.common.views import gallery

HOSTILE = "<script>alert('x')</script>\"&"


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def request_for(path="/list/", **headers):
    request = RequestFactory().get(path, headers=headers)
    request.user, request.membership, request.session = AnonymousUser(), None, {}
    return HtmxMiddleware(lambda req: req)(request)


def show(source, path="/list/", **context):
    """Render a template as a page would, without any of the layout's context."""
    template = engines["django"].from_string("{% load i18n %}" + source).template
    return template.render(RequestContext(request_for(path), context)).strip()


class TestDisplay:
    def test_an_icon_is_silent_unless_it_has_a_meaning(self):
        assert 'aria-hidden="true"' in show('{% icon "lock" %}')
        labelled = show('{% icon "lock" label="Protected" %}')
        assert 'role="img"' in labelled
        assert 'aria-label="Protected"' in labelled
        assert "aria-hidden" not in labelled

    def test_a_state_is_shown_in_its_words_and_tone(self):
        record = SimpleNamespace(state="returned", get_state_display=lambda: "returned for correction")
        assert show("{% state_badge one %}", one=record) == (
            '<span class="badge tone-orange">returned for correction</span>'
        )
        answer = SimpleNamespace(answer="", get_answer_display=lambda: "")
        assert ">—<" in show('{% state_badge one "answer" %}', one=answer)

    def test_a_deadline_of_nothing_is_a_dash(self):
        assert show("{% deadline none %}", none=None) == "—"
        assert "tone-red" in show("{% deadline day %}", day=dt.date(2020, 1, 1))
        assert "badge" not in show("{% deadline day done=True %}", day=dt.date(2020, 1, 1))

    def test_a_field_without_a_value_shows_a_dash(self):
        assert "—" in show('{% row "Budget" "" %}')
        assert "—" in show('{% rowblock "Files" %} {% endrowblock %}')
        assert "Protected" in show('{% row "Phone" "1" protected=True %}')

    def test_a_funnel_is_a_table_with_shares(self):
        html = show("{% funnel rows %}", rows=[{"label": "a", "value": 200}, {"label": "b", "value": 50}])
        assert html.count("<tr>") == 3
        assert 'width="25.0"' in html
        assert 'x="37.5"' in html
        assert "25%" in html

    @pytest.mark.parametrize("rows", [[], [{"label": "a", "value": 0}, {"label": "b", "value": 0}]])
    def test_a_funnel_of_nothing_divides_by_nothing(self, rows):
        assert "<table" in show("{% funnel rows %}", rows=rows)

    def test_progress_without_a_value_has_no_value(self):
        assert " value=" not in show("{% progress none %}", none=None)
        assert 'value="50"' in show("{% progress 2 max=4 %}")
        assert 'value="100"' in show("{% progress 0 max=0 %}")

    def test_steps_say_which_is_the_current_one(self):
        html = show("{% steps items %}", items=[{"label": "a", "state": "done"}, {"label": "b", "state": "current"}])
        assert html.count('aria-current="step"') == 1

    def test_compare_marks_the_words_of_both_sides(self):
        side = {"title": "t", "sections": [{"text": "abc", "terms": ["b"]}]}
        assert show("{% compare side side %}", side=side).count("<mark>b</mark>") == 2

    @pytest.mark.parametrize(
        "source",
        [
            "{% badge x %}", "{% row x x %}", "{% state_badge record %}",
            "{% stat x x %}", "{% empty_state x title=x action=x url=x %}",
            "{% copy_button x %}", "{% attachment x x %}", "{% progress 1 label=x %}", "{{ x|dash }}",
            "{% page_header x pretitle=x subtitle=x back=x %}{% endpage_header %}",
            "{% card title=x subtitle=x id=x footer=x %}{{ x }}{% endcard %}",
            "{% alert title=x %}{{ x }}{% endalert %}",
            "{% timeline entries %}", "{% steps entries %}", "{% tabs entries %}", "{% bars entries caption=x %}",
            "{% confirm x title=x action=x submit=x %}{{ x }}{% endconfirm %}", "{% table caption=x %}{% endtable %}",
            "{% fieldset legend=x help=x %}{% endfieldset %}",
            "{% form_actions submit=x cancel=x %}{% endform_actions %}",
            "{% live x x %}{{ x }}{% endlive %}", "{{ x|highlight:entries.0.terms }}",
        ],
    )  # fmt: skip
    def test_nothing_that_is_shown_can_become_markup(self, source):
        entry = {"label": HOSTILE, "title": HOSTILE, "text": HOSTILE, "by": HOSTILE, "url": HOSTILE, "state": "todo",
                 "note": HOSTILE, "at": None, "value": 1, "terms": ["script"]}  # fmt: skip
        record = SimpleNamespace(state=HOSTILE, get_state_display=lambda: HOSTILE)
        html = show(source, x=HOSTILE, entries=[entry], record=record)
        assert "<script" not in html
        assert "script" in html

    def test_an_argument_that_does_not_exist_is_refused(self):
        with pytest.raises(TemplateSyntaxError):
            show('{% card titel="x" %}{% endcard %}')


def page_of(number, per_page=10, page=1):
    return Paginator(range(number), per_page).get_page(page)


class TestLists:
    def test_every_active_filter_has_a_chip_that_drops_only_itself(self):
        path = "/list/?q=涂层&field=1&field=4&state=draft&page=3"
        form = SimpleNamespace(form=FilterForm(data=request_for(path).GET))
        html = show("{% result_bar page filter=filter %}", path, page=page_of(5), filter=form)
        links = [link.replace("&amp;", "&") for link in re.findall(r'class="chip" href="([^"]*)"', html)]
        assert links == [
            "?field=1&field=4&state=draft",
            "?q=%E6%B6%82%E5%B1%82&field=4&state=draft",
            "?q=%E6%B6%82%E5%B1%82&field=1&state=draft",
            "?q=%E6%B6%82%E5%B1%82&field=1&field=4",
        ]
        assert "草稿" in html
        assert 'href="/list/"' in html

    @pytest.mark.parametrize("query", ["", "?q=&state=", "?state=no-such-choice", "?q=%20", "?other=1"])
    def test_what_filters_nothing_has_no_chip(self, query):
        form = SimpleNamespace(form=FilterForm(data=request_for(f"/list/{query}").GET))
        assert "chip" not in show("{% result_bar page filter=filter %}", f"/list/{query}", page=page_of(5), filter=form)

    def test_a_capped_count_says_that_there_are_more(self):
        page = page_of(20)
        assert "20 results" in show("{% result_bar page %}", page=page)
        page.paginator.is_capped = True
        assert "20+ results" in show("{% result_bar page %}", page=page)
        assert "1 result<" in show("{% result_bar page %}", page=page_of(1))

    def test_page_links_keep_the_query(self):
        html = show('{% pagination page target="" %}', "/list/?q=a%26b&page=2", page=page_of(35, page=2))
        assert 'rel="next" href="?q=a%26b&amp;page=3"' in html
        assert 'rel="prev" href="?q=a%26b&amp;page=1"' in html
        assert 'aria-current="page">2<' in html
        assert "hx-" not in html

    def test_one_page_needs_no_links(self):
        assert show("{% pagination page %}", page=page_of(10)) == ""

    def test_the_request_is_found_inside_an_include_that_passes_nothing_on(self):
        template = engines["django"].from_string("{% include inner with page=page only %}").template
        inner = engines["django"].from_string("{% pagination page %}").template
        context = RequestContext(request_for("/list/?q=x"), {"page": page_of(35), "inner": inner})
        assert "?q=x&amp;page=2" in template.render(context)


class Form(forms.Form):
    title = forms.CharField(label="Title", max_length=80, help_text="For example: <b>coating</b>")
    code = forms.CharField(label="Code", max_length=20, required=False)
    text = forms.CharField(label="Text", max_length=500, widget=forms.Textarea)
    day = forms.DateField(label="Day")
    moment = forms.DateTimeField(label="Moment", required=False)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="Sure")
    file = forms.FileField(label="File", required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def ids(html):
    return set(re.findall(r'\bid="([^"]+)"', html))


class TestForms:
    @pytest.mark.parametrize("form", [Form(), Form(data={}), Form(data={"title": "x" * 99}, prefix="p")])
    def test_every_reference_finds_its_element(self, form):
        html = show("{% form form %}", form=form)
        wanted = set(re.findall(r'\bfor="([^"]+)"', html)) | set(re.findall(r'href="#([^"]+)"', html))
        for described in re.findall(r'aria-describedby="([^"]+)"', html):
            wanted |= set(described.split())
        assert wanted - ids(html) == set()

    def test_errors_are_bound_to_their_fields_and_listed_at_the_top(self):
        html = show("{% form form %}", form=Form(data={"title": "x", "day": "2026-03-01", "kind": "a", "sure": "on"}))
        assert "There is 1 thing to correct" in html
        assert '<a href="#id_text">Text: This field is required.</a>' in html
        assert 'id="id_text_error"' in html
        assert html.count('aria-invalid="true"') == 1
        assert "error-summary" not in show("{% form form %}", form=Form())

    def test_a_group_of_choices_is_reached_at_its_first_choice(self):
        assert 'href="#id_kind_0"' in show("{% form_errors form %}", form=Form(data={}))

    def test_dates_use_the_pickers_of_the_browser_in_any_language(self):
        with translation.override("zh-hans"):
            html = str(Form(initial={"day": dt.date(2026, 3, 1), "moment": dt.datetime(2026, 3, 1, 9, 30)}))  # noqa: DTZ001
        assert re.search(r'<input type="date"[^>]* value="2026-03-01"', html)
        assert re.search(r'<input type="datetime-local"[^>]* value="2026-03-01T09:30"', html)
        bound = Form(data={"day": "2026-03-01", "moment": "2026-03-01T09:30"})
        bound.is_valid()
        assert not {"day", "moment"} & set(bound.errors)

    def test_long_text_is_counted_and_never_cut(self):
        html = str(Form())
        assert 'data-limit="80"' in html
        assert 'data-limit="500"' in html
        assert 'maxlength="20"' in html
        assert 'maxlength="80"' not in html
        assert 'maxlength="500"' not in html

    def test_a_form_with_a_file_is_sent_in_parts(self):
        assert 'enctype="multipart/form-data"' in show("{% form form %}", form=Form())
        assert "data-dropzone" in str(Form())
        assert "enctype" not in show("{% form form %}", form=FilterForm())

    def test_hidden_fields_are_sent_and_not_shown(self):
        assert str(Form()).count('name="secret"') == 1
        assert 'for="id_secret"' not in str(Form())

    def test_a_form_inside_an_include_that_passes_nothing_on_still_has_its_token(self):
        inner = engines["django"].from_string('{% confirm "x" title="t" action="/" %}{% endconfirm %}').template
        assert "csrfmiddlewaretoken" in show("{% include inner only %}", inner=inner)

    def test_one_field_can_be_worded_anew(self):
        html = show('{% field form.title label="Name" help="" hide_label=True %}', form=Form())
        assert 'class="form-label visually-hidden" for="id_title">Name<' in html
        assert "helptext" not in html

    def test_the_two_inputs_of_a_range_have_names(self):
        class Range(forms.Form):
            money = RangeField(label="Money")

        assert 'aria-label="Money from"' in str(Range())
        assert 'aria-label="Money to"' in str(Range())

    def test_rows_come_with_an_empty_one_to_add_and_a_box_to_remove(self):
        rows = forms.formset_factory(FilterForm, extra=0, can_delete=True, max_num=3)
        html = show('{% formset rows cols="q:8,state:4" %}', rows=rows(initial=[{"q": "a"}], prefix="r"))
        assert 'name="r-TOTAL_FORMS" value="1"' in html
        assert 'name="r-__prefix__-q"' in html
        assert 'name="r-0-DELETE"' in html
        assert "col-md-8" in html
        assert 'data-max="3"' in html

    def test_the_summary_names_the_row(self):
        rows = forms.formset_factory(Form, extra=0)
        data = {"r-TOTAL_FORMS": "2", "r-INITIAL_FORMS": "0", "r-1-title": "x"}
        html = show("{% form_errors rows none %}", rows=rows(data=data, prefix="r"), none=None)
        assert "row 2 · Text: This field is required." in html
        assert "row 1" not in html


class TestHtmx:
    @pytest.mark.parametrize(
        ("headers", "fragment"),
        [
            ({}, False),
            ({"HX-Request": "true"}, True),
            ({"HX-Request": "true", "HX-Boosted": "true"}, False),
            ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
        ],
    )
    def test_only_a_true_request_for_a_part_gets_the_part(self, headers, fragment):
        request = request_for(**headers)
        assert htmx.is_fragment(request) is fragment
        response = htmx.page_or_fragment(
            request, "400.html", "components/live.html", {"id": "i", "url": "/", "every": 1, "content": "c"}
        )
        assert ("hx-trigger" in response.content.decode()[:200]) is fragment
        assert "HX-Request" in response["Vary"]

    def test_the_last_answer_of_a_live_block_stops_it(self):
        assert htmx.stop_polling(HttpResponse()).status_code == 286


class TestGallery:
    def test_it_shows_every_component(self):
        request = request_for("/gallery/")
        context = {**sample(request.GET), "nav": [], "embedded": True, "unread_count": 0}
        html = engines["django"].get_template("components/gallery.html").render(context, request)
        from matchmaking.common.templatetags.tongti import register

        source = engines["django"].get_template("components/gallery.html").template.source
        elsewhere = {"live", "code_label", "form_errors"}
        elsewhere |= {"pool_head", "pool_empty", "pool_panel", "compare_bar", "compare_tick"}  # need a pool
        unused = {name for name in register.tags if f"{{% {name} " not in source and f"{{% {name} %}}" not in source}
        assert unused - elsewhere == set()
        assert "<h1" in html

    def test_it_is_not_there_in_production(self, settings):
        settings.EMBEDDED = False
        with pytest.raises(Http404):
            gallery(request_for("/gallery/"))
