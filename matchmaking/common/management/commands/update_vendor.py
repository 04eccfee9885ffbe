"""Re-make static/vendor from the packages and versions that VENDOR.json names. For maintainers; needs npm."""

import hashlib
import json
import re
import subprocess
import tempfile
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

VENDOR_DIR = Path(settings.BASE_DIR) / "static" / "vendor"
MANIFEST = VENDOR_DIR / "VENDOR.json"
# The source maps are not shipped, and the manifest storage would look for them.
_SOURCE_MAP = re.compile(r"\n?(/\*# sourceMappingURL=\S+ \*/|//# sourceMappingURL=\S+)\s*$")
_ICON_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_EMPTY_BOX = re.compile(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


def sprite(folder: Path, names: list[str]) -> str:
    """Return one SVG file with a symbol `tabler-<name>` for every outline icon named."""
    symbols = []
    for name in sorted(set(names)):
        found = _ICON_BODY.search((folder / f"{name}.svg").read_text())
        if found is None:
            raise CommandError(f"The icon {name} is no drawing.")
        body = _EMPTY_BOX.sub("", found[1])
        body = re.sub(r"\s*\n\s*", "", body)
        symbols.append(
            f'<symbol id="tabler-{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


class Command(BaseCommand):
    help = "Re-make static/vendor at the versions named in VENDOR.json and write the new checksums."

    def handle(self, *args: Any, **options: Any) -> None:
        manifest = json.loads(MANIFEST.read_text())
        with tempfile.TemporaryDirectory() as folder:
            modules = self._install(Path(folder), manifest["packages"])
            self._copy(modules, manifest)
        for package in manifest["packages"]:
            if package["from"] == "python":
                package["version"] = version(package["name"])
            package["files"] = {
                name: hashlib.sha256((VENDOR_DIR / name).read_bytes()).hexdigest() for name in package["files"]
            }
        MANIFEST.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
        self.stdout.write(f"{MANIFEST} and the files it names are up to date.")

    def _install(self, folder: Path, packages: list[dict[str, Any]]) -> Path:
        (folder / "package.json").write_text('{"private": true}')
        wanted = [f"{package['name']}@{package['version']}" for package in packages if package["from"] == "npm"]
        subprocess.run(
            ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", *wanted], cwd=folder, check=True
        )
        return folder / "node_modules"

    def _copy(self, modules: Path, manifest: dict[str, Any]) -> None:
        core, icons = modules / "@tabler/core/dist", modules / "@tabler/icons"
        htmx = distribution("django-htmx")
        sources = {
            "tabler.min.css": (core / "css/tabler.min.css").read_text(),
            "tabler.min.js": (core / "js/tabler.min.js").read_text(),
            "icons.svg": sprite(icons / "icons/outline", manifest["icons"]),
            "tabler-icons.LICENSE.txt": (icons / "LICENSE").read_text(),
            "htmx.min.js": Path(str(htmx.locate_file("django_htmx/static/django_htmx/htmx-2.min.js"))).read_text(),
        }
        for name, text in sources.items():
            (VENDOR_DIR / name).write_text(_SOURCE_MAP.sub("\n", text), encoding="utf-8")
