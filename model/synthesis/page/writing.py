"""What is written on a crop: digits by one writer in rows, columns, scattered or alone, with signs and other marks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from model.synthesis.page.glyphs import FINE, Box, Glyph, Supply, pen_line, put, width_of

GAPS = ((-0.05, 0.07), (0.14, 0.08), (0.45, 0.15), (1.0, 0.4))  # between digits: mean and spread, in heights
GAP_SHARES = (0.34, 0.36, 0.2, 0.1)
SOURCES = ("csv", "strokes", "both", "print")
SOURCE_SHARES = (0.3, 0.5, 0.15, 0.05)
USUAL_PEN = 0.085  # of the height
MOST_IN_ROW = 14
MOST_ON_CROP = 60
# Signs between digits, in heights: from the middle of the row, y down.
SIGNS = {".": 0.5, ",": 0.3, "-": 0.12, "'": 0.08}
ENDS = ("-", "=", "-", ".", ",", "*")


@dataclass(frozen=True)
class Writer:
    """How one person writes one string."""

    source: str
    styles: tuple[str, ...]  # of the digits 0 to 9
    font: str
    height: float  # pixels
    pen: float  # pixels
    sharp: float  # level of the edge of what is scaled up from the CSV
    slant: float
    squeeze: float
    gap: tuple[float, float]
    lift: float  # how far digits stray from the line, in heights
    uneven: float  # spread of the logarithm of their heights
    labels: np.ndarray  # (10,) how often each digit comes
    small_zeros: bool
    signs: bool


def a_writer(rng: np.random.Generator, supply: Supply, height: float) -> Writer:
    """A random writer."""
    labels = np.ones(10)
    kind = rng.random()
    if kind < 0.3:
        labels[0] = 9
    elif kind < 0.4:
        labels[[1, 7]] = 8, 3
    styles = [supply.style(digit) for digit in range(10)]
    if rng.random() < 0.4:
        styles[1] = "plain"
    return Writer(
        source=str(rng.choice(SOURCES, p=SOURCE_SHARES)),
        styles=tuple(styles),
        font=supply.font(),
        height=height,
        pen=a_pen(rng, height),
        sharp=rng.uniform(0.33, 0.62),
        slant=rng.normal(-0.12, 0.22),
        squeeze=float(np.exp(rng.normal(0, 0.14))),
        gap=GAPS[rng.choice(len(GAPS), p=GAP_SHARES)],
        lift=abs(rng.normal(0, 0.06)),
        uneven=abs(rng.normal(0, 0.08)),
        labels=labels / labels.sum(),
        small_zeros=kind < 0.3,
        signs=bool(rng.random() < 0.55),
    )


def a_pen(rng: np.random.Generator, height: float) -> float:
    """Width of a pen in pixels: most are a twelfth of the height; some are hairlines or markers."""
    if rng.random() < 0.08:
        return float(rng.uniform(0.5, 1.2))
    return max(0.8, height * float(np.clip(np.exp(rng.normal(np.log(USUAL_PEN), 0.4)), 0.03, 0.24)))


def rotation(angle: float) -> np.ndarray:
    """(2, 2) matrix that turns by `angle` radians, clockwise with y down."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])


@dataclass
class Sheet:
    """The ink of a crop, (FINE × side, FINE × side) uint8, and the digits on it: label and box in the crop's pixels."""

    rng: np.random.Generator
    supply: Supply
    side: int
    digits: list[tuple[int, Box]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ink = np.zeros((self.side * FINE, self.side * FINE), np.uint8)

    def row(self, writer: Writer, start: np.ndarray, angle: float, length: float, most: int = MOST_IN_ROW) -> float:
        """Write a string from `start` along `angle` until it is `length` pixels long; returns how long it became."""
        rng, turn = self.rng, rotation(angle)
        x = 0.0
        for number in range(most):
            if x >= length and number:
                break
            if writer.small_zeros and number > 1 and rng.random() < 0.06 and writer.source != "print":
                return self.joined_zeros(writer, start, x, turn)
            x = self._digit(writer, start, turn, x)
            if writer.signs and rng.random() < 0.3:
                x = self._sign(writer, start, turn, x, str(rng.choice(list(SIGNS), p=list(SIGNS.values()))))
        if writer.signs and rng.random() < 0.5:
            x = self._sign(writer, start, turn, x + 0.1 * writer.height, str(rng.choice(ENDS)))
        return x

    def _digit(self, writer: Writer, start: np.ndarray, turn: np.ndarray, x: float) -> float:
        """Write the next digit of a row; returns where it ends."""
        rng = self.rng
        label = int(rng.choice(10, p=writer.labels))
        glyph = self._glyph(writer, label)
        height = writer.height * float(np.exp(rng.normal(0, writer.uneven)))
        if writer.small_zeros and label == 0:
            height *= rng.uniform(0.55, 0.95)
        squeeze = writer.squeeze * np.exp(rng.normal(0, 0.06))
        form = np.array([[squeeze, writer.slant + rng.normal(0, 0.04)], [0, 1]])
        width = width_of(glyph, height, form, writer.pen)
        x += writer.height * (writer.gap[0] + writer.gap[1] * rng.standard_normal()) + width / 2
        lift = (writer.height - height) * rng.choice([0.5, 0.0, 0.3])
        lift = lift + writer.lift * writer.height * rng.standard_normal()
        centre = start + turn @ np.array([x, lift])
        box = put(self.ink, glyph, centre, height, turn @ form, writer.pen, writer.sharp)
        if box is not None:
            self.digits.append((label, box))
            if writer.gap[0] < 0.2 and rng.random() < 0.05 and len(self.digits) > 1:
                self._ligature(writer, self.digits[-2][1], box)
        return float(x + width / 2)

    def _glyph(self, writer: Writer, label: int) -> Glyph:
        source = writer.source
        if source == "both":
            source = "csv" if self.rng.random() < 0.5 else "strokes"
        if source == "csv":
            return self.supply.scanned(label)
        if source == "print":
            return self.supply.printed(writer.font, label)
        return self.supply.drawn(label, writer.styles[label])

    def _ligature(self, writer: Writer, before: Box, box: Box) -> None:
        """A line that the pen left from one digit to the next."""
        rng = self.rng
        begin = np.array([before[2] - 0.1 * (before[2] - before[0]), before[3] - rng.uniform(0, 0.2) * writer.height])
        end = np.array([box[0] + 0.15 * (box[2] - box[0]), box[1] + rng.uniform(0.05, 0.5) * (box[3] - box[1])])
        between = (begin + end) / 2 + rng.normal(0, 0.05 * writer.height, 2)
        pen_line(self.ink, np.array([begin, between, end]), writer.pen)

    def joined_zeros(self, writer: Writer, start: np.ndarray, x: float, turn: np.ndarray) -> float:
        """Two or three zeros written in one stroke."""
        rng = self.rng
        height = writer.height * rng.uniform(0.55, 1)
        width = height * rng.uniform(0.5, 0.95)
        step = width * rng.uniform(0.95, 1.35)
        first = rng.uniform(-2.0, -0.9)  # radians: where the pen begins, about the top
        rounds = first - np.linspace(0, 2 * np.pi, 24)
        x += 0.1 * writer.height + width / 2
        count = int(rng.integers(2, 4))
        lines = []
        for number in range(count):
            spread = np.exp(rng.normal(0, 0.08, 2)) * (width, height) / 2
            middle = (x + number * step, 0.05 * height * rng.standard_normal())
            lines.append(np.stack([np.cos(rounds), np.sin(rounds)], -1) * spread + middle)
        points = start + np.concatenate(lines) @ turn.T
        pen_line(self.ink, points, writer.pen)
        for part in np.split(points, count):
            self.digits.append((0, (*(part.min(axis=0) - writer.pen / 2), *(part.max(axis=0) + writer.pen / 2))))
        return float(x + count * step)

    def _sign(self, writer: Writer, start: np.ndarray, turn: np.ndarray, x: float, sign: str) -> float:
        """A dot, comma, dash or the like; returns where it ends."""
        rng, height = self.rng, writer.height
        x += height * rng.uniform(-0.02, 0.15)
        wide, level = rng.uniform(0.25, 0.9), rng.normal(0.05, 0.08)
        lines: list[list[tuple[float, float]]] = {
            ".": [[(0, 0.45), (rng.uniform(0, 0.06), 0.45)]],
            ",": [[(0.06, 0.45), (0.05, 0.55), (-rng.uniform(0, 0.2), 0.45 + rng.uniform(0.12, 0.5))]],
            "'": [[(0.05, -0.5), (0, -0.3)]],
            "-": [[(0, level), (wide / 2, level + rng.normal(0, 0.03)), (wide, level + rng.normal(0, 0.06))]],
            "=": [[(0, -0.08), (wide, -0.06)], [(0, 0.12), (wide, 0.1)]],
            "*": [
                [(0.15 + 0.15 * np.cos(t), 0.15 * np.sin(t)), (0.15 - 0.15 * np.cos(t), -0.15 * np.sin(t))]
                for t in (0.3, 1.35, 2.4)
            ],
        }[sign]
        for line in lines:
            points = np.array(line) * height + (x, 0)
            pen_line(self.ink, start + points @ turn.T, writer.pen * rng.uniform(0.9, 1.3))
        return float(x + height * (max(point[0] for line in lines for point in line) + 0.08))

    def others(self, height: float, start: np.ndarray, angle: float, count: int) -> None:
        """Write `count` marks that are no digits, in a row."""
        rng, turn, pen = self.rng, rotation(angle), a_pen(self.rng, height)
        x = 0.0
        for _ in range(count):
            glyph = self.supply.other()
            width = width_of(glyph, height, np.eye(2), pen)
            form = np.array([[1, rng.normal(0, 0.15)], [0, 1]])
            put(self.ink, glyph, start + turn[:, 0] * (x + width / 2), height * rng.uniform(0.7, 1.2), turn @ form, pen)
            x += width + height * rng.uniform(-0.05, 0.3)

    def is_free(self, centre: np.ndarray, height: float) -> bool:
        """Whether no digit lies within a digit's height of a place."""
        return not any(
            abs(centre[0] - (box[0] + box[2]) / 2) < 0.4 * (height + box[3] - box[1])
            and abs(centre[1] - (box[1] + box[3]) / 2) < 0.55 * (height + box[3] - box[1])
            for _, box in self.digits
        )


def rows(sheet: Sheet, height: float, angle: float, *, is_one: bool) -> None:
    """Rows of digits over the crop by one writer, or only one of them near its middle."""
    rng, side = sheet.rng, sheet.side
    lead = height * rng.uniform(1.15, 2.4)
    turn, middle = rotation(angle), np.full(2, side / 2)
    most = int(0.7 * side / lead) + 1
    levels = np.arange(-most, most + 1) * lead + rng.uniform(0, lead)
    if is_one:
        levels = np.array([rng.uniform(-0.3, 0.3) * max(side - height, 10)])
    writer = a_writer(rng, sheet.supply, height)
    for level in levels:
        if len(sheet.digits) > MOST_ON_CROP:
            return
        if rng.random() < 0.2:
            writer = a_writer(rng, sheet.supply, height)
        start = middle + turn @ np.array([side * rng.uniform(-0.7, -0.1), level])
        if rng.random() < 0.12:
            sheet.others(height, start, angle, int(rng.integers(2, 7)))
            continue
        end = sheet.row(writer, start, angle, side * rng.uniform(0.3, 1.4))
        if rng.random() < 0.2:
            sheet.others(height, start + turn[:, 0] * (end + 0.5 * height), angle, int(rng.integers(1, 5)))


def table(sheet: Sheet, height: float, angle: float) -> None:
    """Short numbers in columns."""
    rng, side = sheet.rng, sheet.side
    turn, middle = rotation(angle), np.full(2, side / 2)
    across, down = height * rng.uniform(1.2, 5), height * rng.uniform(1.15, 2.6)
    writer = a_writer(rng, sheet.supply, height)
    columns, lines = int(0.8 * side / across) + 1, int(0.8 * side / down) + 1
    shift = rng.uniform(0, 1, 2) * (across, down)
    most = max(1, min(4, int(across / height)))
    for line in range(-lines, lines + 1):
        for column in range(-columns, columns + 1):
            start = middle + turn @ (np.array([column * across, line * down]) + shift)
            inside = (start > -height).all() and (start < side + height).all()
            if inside and rng.random() < 0.8 and len(sheet.digits) < MOST_ON_CROP:
                sheet.row(writer, start, angle + rng.normal(0, 0.02), across, int(rng.integers(1, most + 1)))


def scattered(sheet: Sheet, height: float, angle: float) -> None:
    """Single digits and other marks here and there."""
    rng, side = sheet.rng, sheet.side
    writer = a_writer(rng, sheet.supply, height)
    for _ in range(int(np.clip(rng.poisson(2 + 0.25 * (side / height) ** 2), 1, 30))):
        place = rng.uniform(0, side, 2)
        if not sheet.is_free(place, height):
            continue
        if rng.random() < 0.25:
            sheet.others(height * rng.uniform(0.5, 1.3), place, angle, 1)
        else:
            sheet.row(writer, place, angle + rng.normal(0, 0.15), 0.0, 1)


def single(sheet: Sheet, height: float, angle: float) -> None:
    """One digit near the middle."""
    rng, side = sheet.rng, sheet.side
    place = side / 2 + rng.normal(0, 0.12 * side, 2) - 0.3 * height * rotation(angle)[:, 0]
    sheet.row(a_writer(rng, sheet.supply, height), place, angle, 0.0, 1)


def distractors(sheet: Sheet, height: float, angle: float, most: int) -> None:
    """Marks that are no digits, of any size, where no digit is."""
    rng, side = sheet.rng, sheet.side
    for _ in range(int(rng.integers(0, most + 1))):
        own = float(np.exp(rng.uniform(np.log(8), np.log(120))))
        place = rng.uniform(0, side, 2)
        if sheet.is_free(place, max(own, height)):
            sheet.others(own, place, angle, int(rng.integers(1, 4)) if not sheet.digits else 1)
