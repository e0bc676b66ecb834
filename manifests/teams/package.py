"""The Teams app package for one company's bot: `python -m manifests.teams.package --app-id GUID --host HOST`.

The manifest's id and bot id are the bot's app id in Entra; its addresses are on the host that serves Bursar. The same
input gives the same bytes. What goes in is checked first; Teams' own complaint about a package names no reason.
"""

import argparse
import io
import json
import os
import re
import struct
import sys
import zipfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
NOBODY = "00000000-0000-0000-0000-000000000000"
EXAMPLE_HOST = "bursar.example.com"
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
ICON_SIZES = {"color.png": 192, "outline.png": 32}
WRITTEN = (2026, 1, 1, 0, 0, 0)  # every entry's date: equal input, equal package


class Unfit(ValueError):
    """What cannot be packaged, in words."""


def manifest_for(app_id: str, host: str, template: str | None = None) -> dict[str, Any]:
    """Raises Unfit for an id that is no GUID of its own or a host that is no public name."""
    app_id, host = app_id.strip().lower(), host.strip().lower().removeprefix("https://").rstrip("/")
    if not GUID.fullmatch(app_id) or app_id == NOBODY:
        raise Unfit(f"{app_id or 'nothing'} is not an app id: copy “Application (client) ID” of the bot from Entra")
    if not HOST.fullmatch(host):
        raise Unfit(f"{host or 'nothing'} is not a host name that Teams can reach, like bursar.company.com")
    text = template if template is not None else (FOLDER / "manifest.json").read_text(encoding="utf-8")
    manifest: dict[str, Any] = json.loads(text.replace(NOBODY, app_id).replace(EXAMPLE_HOST, host))
    return manifest


def package(app_id: str, host: str) -> bytes:
    """The zip to upload under Apps → Manage your apps, or in the Teams admin centre. Raises Unfit."""
    problems = problems_of_icons()
    if problems:
        raise Unfit("; ".join(problems))
    manifest = json.dumps(manifest_for(app_id, host), indent=2, ensure_ascii=False).encode()
    files = {"manifest.json": manifest} | {name: (FOLDER / name).read_bytes() for name in ICON_SIZES}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, WRITTEN), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def problems_of_icons() -> list[str]:
    """What is wrong with the icon files; empty when they are as Microsoft asks."""
    found = []
    for name, wanted in ICON_SIZES.items():
        try:
            header = (FOLDER / name).read_bytes()[:24]
        except OSError as error:
            found.append(f"{name}: {error.strerror}")
            continue
        size = struct.unpack(">II", header[16:24]) if header[:8] == b"\x89PNG\r\n\x1a\n" else None
        if size != (wanted, wanted):
            found.append(f"{name} is not a PNG of {wanted} × {wanted}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m manifests.teams.package", description=(__doc__ or "").split(":")[0])
    parser.add_argument("--app-id", default=os.environ.get("BURSAR_TEAMS_APP_ID", ""), help="default: BURSAR_TEAMS_APP_ID")
    parser.add_argument("--host", required=True, help="the public host name that serves Bursar")
    parser.add_argument("--out", default="bursar-teams.zip", type=Path)
    options = parser.parse_args()
    try:
        options.out.write_bytes(package(options.app_id, options.host))
    except (Unfit, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{options.out}: upload it in Teams (Apps → Manage your apps → Upload an app) or in the Teams admin centre.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
