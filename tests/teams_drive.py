"""The OneDrive that files accepted in Teams go to: upload sessions as Teams' client makes them."""

from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class OneDrive:
    """`files` by place; None = made and not filled yet. `url` is where it is served."""

    url: str = ""
    files: dict[str, bytes | None] = field(default_factory=dict)

    @property
    def stored(self) -> list[bytes]:
        return [data for data in self.files.values() if data is not None]

    def make_place(self, name: str) -> dict[str, str]:
        """Room for a file, as the client asks for it when the person accepts one: `uploadInfo`."""
        place = f"up{len(self.files) + 1}"
        self.files[place] = None
        return {
            "contentUrl": f"{self.url}/{place}/{name}", "name": name, "uploadUrl": f"{self.url}/{place}",
            "uniqueId": f"{place}-0000-4000-8000-000000000000", "fileType": name.rpartition(".")[2], "etag": "1",
        }  # fmt: skip

    async def put(self, request: web.Request) -> int:
        """The status. A session is used once, in one piece, and never sees a token."""
        place, data = request.match_info["id"], await request.read()
        if "Authorization" in request.headers:
            return 401
        if request.headers.get("Content-Range") != f"bytes 0-{len(data) - 1}/{len(data)}":
            return 416
        if self.files.get(place, b"") is not None:
            return 404
        self.files[place] = data
        return 201
