"""What the browser is sent: nothing foreign, nothing inline, nothing missing."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

STATIC = Path(settings.BASE_DIR) / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
CODE = [
    path
    for app in ("matchmaking", "catalog", "needs", "experts")
    for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
]
MANIFEST = json.loads((VENDOR / "VENDOR.json").read_text())
VENDORED = {name: digest for package in MANIFEST["packages"] for name, digest in package["files"].items()}
COMMENT = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}", re.DOTALL)
# What the content security policy refuses, and what would ask another host.
FORBIDDEN = {
    "inline style": re.compile(r"""\sstyle\s*=\s*["']"""),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "event attribute": re.compile(r"""\son[a-z]+\s*=\s*["']|\shx-on\b"""),
    "inline script": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "other host": re.compile(r"""(src|href|action)\s*=\s*["'](https?:)?//""", re.IGNORECASE),
}


def names(paths):
    return [str(path.relative_to(settings.BASE_DIR)) for path in paths]


@pytest.mark.parametrize("name", VENDORED)
def test_a_vendored_file_is_the_one_that_was_taken_over(name):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == VENDORED[name]


def test_every_vendored_file_has_a_package_a_licence_and_a_version():
    assert {path.name for path in VENDOR.iterdir()} == {*VENDORED, "VENDOR.json"}
    for package in MANIFEST["packages"]:
        assert package["version"]
        assert package["licence"]
        assert any(name.endswith("LICENSE.txt") for name in package["files"]), package["name"]


def test_the_installed_htmx_is_the_one_that_is_served():
    from importlib.metadata import version

    package = next(package for package in MANIFEST["packages"] if package["name"] == "django-htmx")
    assert version("django-htmx") == package["version"], "run the management command update_vendor"


def test_the_sprite_holds_every_icon_that_is_named():
    shipped = set(re.findall(r'id="tabler-([a-z0-9-]+)"', (VENDOR / "icons.svg").read_text()))
    assert shipped == set(MANIFEST["icons"])
    literal = re.compile(r"""\{% icon "([a-z0-9-]+)"|\bicon="([a-z0-9-]+)\"|"icon": "([a-z0-9-]+)\"""")
    wanted = {
        next(filter(None, found)): path.name
        for path in [*TEMPLATES, *CODE]
        for found in literal.findall(COMMENT.sub("", path.read_text()))
    }
    assert {name: place for name, place in wanted.items() if name not in shipped} == {}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what):
    found = [path for path in TEMPLATES if FORBIDDEN[what].search(COMMENT.sub("", path.read_text()))]
    assert names(found) == []


def test_no_style_sheet_asks_another_host():
    foreign = re.compile(r"""@import|url\(\s*["']?(https?:)?//""")
    assert names(path for path in STATIC.rglob("*.css") if foreign.search(path.read_text())) == []


def test_no_own_script_or_style_sheet_names_a_host():
    own = [path for folder in ("css", "js") for path in (STATIC / folder).iterdir()]
    assert names(path for path in own if re.search(r"https?://(?!www\.w3\.org)", path.read_text())) == []


def test_no_template_grows_too_long():
    assert {path.name: lines for path in TEMPLATES if (lines := len(path.read_text().splitlines())) > 200} == {}


def test_production_finds_every_file_that_a_style_sheet_names(tmp_path, settings):
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    stored = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert stored["vendor/icons.svg"] != "vendor/icons.svg"


def relative_luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((relative_luminance(one), relative_luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tone", ["grey", "blue", "azure", "green", "orange", "red", "purple"])
def test_a_badge_can_be_read(tone):
    tokens = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", (STATIC / "css" / "tokens.css").read_text()))
    assert contrast(tokens[f"{tone}-fg"], tokens[f"{tone}-bg"]) >= 4.5
    assert contrast(tokens["ink-soft"], tokens["ground"]) >= 4.5


def test_htmx_writes_no_style_of_the_element_that_it_replaces():
    """A resized input or a folded box carries a style of the browser's; copied as an attribute it would be refused."""
    page = (Path(settings.BASE_DIR) / "templates/layout/base.html").read_text()
    config = json.loads(re.search(r"name=\"htmx-config\" content='([^']+)'", page)[1])
    assert "style" not in config["attributesToSettle"]
