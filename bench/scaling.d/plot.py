"""Draws an axis as SVG: processor and wall time an event over the axis, each with its spread."""

import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 360, 70, 20, 50, 50
COLOURS = {"cpu_ns": ("#1f6f8b", "processor"), "wall_ns": ("#d1603d", "wall clock")}


def ticks(largest):
    """Round numbers from 0 to just above the largest."""
    step = 10 ** math.floor(math.log10(largest / 2))
    step = next(step * factor for factor in (1, 2, 2.5, 5, 10) if largest / (step * factor) <= 6)
    return [step * index for index in range(math.ceil(largest / step) + 1)]


def short(number):
    for unit, suffix in ((1_000_000, " M"), (1_000, " k")):
        if number >= unit and number % (unit / 10) == 0:
            return f"{number / unit:g}{suffix}"
    return f"{number:g}"


def text(x, y, content, anchor="middle", size=12, extra=""):
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}"{extra}>{content}</text>'


def draw(result):
    """The picture of a result as bench/scaling writes it; the same text for the same result."""
    points = result["points"]
    marks = ticks(max(max(point[name]) for point in points for name in COLOURS))
    scale = math.log if result["logarithmic"] else float
    low, high = scale(points[0]["x"]), scale(points[-1]["x"])
    across = lambda x: round(LEFT + (WIDTH - LEFT - RIGHT) * (scale(x) - low) / (high - low), 1)  # noqa: E731
    up = lambda y: round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / marks[-1], 1)  # noqa: E731
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(LEFT, 22, f"{result['title']}: ns an event", "start", 14),
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, result["unit"])]
    for mark in marks:
        parts.append(f'<path d="M{LEFT} {up(mark):g}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(text(LEFT - 8, up(mark) + 4, f"{mark:,g}", "end"))
    for point in points:
        parts.append(text(across(point["x"]), HEIGHT - BOTTOM + 18, short(point["x"])))
    for index, (name, (colour, label)) in enumerate(COLOURS.items()):
        places = [(across(point["x"]), sorted(point[name])) for point in points]
        line = " ".join(f"{x:g},{up(values[len(values) // 2]):g}" for x, values in places)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, values in places:
            parts.append(f'<path d="M{x:g} {up(values[0]):g}V{up(values[-1]):g}" stroke="{colour}" stroke-width="4"/>')
            parts.append(f'<circle cx="{x:g}" cy="{up(values[len(values) // 2]):g}" r="4" fill="{colour}"/>')
        parts.append(text(WIDTH - RIGHT, 22 + 16 * index, label, "end", 12, f' fill="{colour}"'))
    return "\n".join([*parts, "</svg>", ""])
