"""The Teams manifest, as it stands in the package, against Microsoft's schema of its version:
`python -m tests.channels.check_teams_manifest NODE_MODULES` (`.ci/run` installs `@microsoft/app-manifest` there)."""

import io
import json
import sys
import zipfile
from pathlib import Path

import jsonschema

from manifests.teams.package import package

SCHEMAS = "@microsoft/app-manifest/build/json-schemas/teams"


def main(node_modules: str) -> int:
    with zipfile.ZipFile(io.BytesIO(package("11111111-2222-3333-4444-555555555555", "bursar.acme.com"))) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    versions = Path(node_modules, SCHEMAS)
    newest = max((tuple(map(int, folder.name[1:].split("."))) for folder in versions.glob("v[0-9]*")), default=(0, 0))
    version = manifest["manifestVersion"]
    schema = json.loads((versions / f"v{version}" / "MicrosoftTeams.schema.json").read_text(encoding="utf-8-sig"))
    errors = [
        f"{'/'.join(map(str, error.path))}: {error.message}"
        for error in jsonschema.Draft4Validator(schema).iter_errors(manifest)
    ]
    if version != f"{newest[0]}.{newest[1]}":
        errors.append(f"manifestVersion {version} is not the newest, {newest[0]}.{newest[1]}")
    print(f"Teams manifest {version}: {len(errors)} errors", *errors, sep="\n  ")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
