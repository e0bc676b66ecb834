"""Draws the two icons of the Teams package: `python -m manifests.teams.icons`. Needs Pillow, which only development has.

Microsoft asks for `color.png`, 192 × 192 in full colour, and `outline.png`, 32 × 32, white on transparent.
"""

from pathlib import Path

from PIL import Image, ImageDraw

FOLDER = Path(__file__).parent
GREEN, WHITE, CLEAR = (23, 97, 79, 255), (255, 255, 255, 255), (0, 0, 0, 0)
FINER = 8  # drawn so many times larger, then reduced: smooth edges
COLOR_SIZE, OUTLINE_SIZE = 192, 32


def color_icon() -> Image.Image:
    """The white B on green, over the whole square: Teams rounds the corners itself."""
    size = COLOR_SIZE * FINER
    image = Image.new("RGBA", (size, size), GREEN)
    _letter(ImageDraw.Draw(image), size, WHITE, GREEN)
    return image.resize((COLOR_SIZE, COLOR_SIZE), Image.Resampling.LANCZOS)


def outline_icon() -> Image.Image:
    """White only; what is not white is transparent."""
    size = OUTLINE_SIZE * FINER
    shape = Image.new("L", (size, size), 0)
    _letter(ImageDraw.Draw(shape), size, 255, 0)
    alpha = shape.resize((OUTLINE_SIZE, OUTLINE_SIZE), Image.Resampling.LANCZOS)
    image = Image.new("RGBA", (OUTLINE_SIZE, OUTLINE_SIZE), (*WHITE[:3], 0))
    image.putalpha(alpha)
    return image


def _letter(draw: ImageDraw.ImageDraw, size: int, ink: tuple[int, ...] | int, paper: tuple[int, ...] | int) -> None:
    """A B of a stem and two bowls, in parts of 32 of the side."""

    def box(left: float, top: float, right: float, bottom: float, radius: float, fill: tuple[int, ...] | int) -> None:
        edges = [size * part / 32 for part in (left, top, right, bottom)]
        draw.rounded_rectangle(edges, size * radius / 32, fill=fill, corners=(False, True, True, False))

    box(10.0, 6.5, 22.0, 16.8, 5.0, ink)
    box(10.0, 14.0, 23.2, 25.5, 5.6, ink)
    box(13.6, 9.6, 18.8, 14.2, 2.2, paper)
    box(13.6, 17.2, 19.6, 22.4, 2.4, paper)


def main() -> None:
    for name, image in (("color.png", color_icon()), ("outline.png", outline_icon())):
        image.save(FOLDER / name, optimize=True)
        print(FOLDER / name)


if __name__ == "__main__":
    main()
