"""card.json: what is known of a trained network, from its make to its measured figures, as one tree of dataclasses.

    card = Card.read("assets")            # checked; one of an older format is upgraded in memory, no file is touched
    card.validation.accuracy
    replace(card, photos=…).write(folder)

Everything but `network` may be missing (None, or empty): a run knows no drawings until somebody measures them. What
follows from other figures (accuracies, intervals, figures by digit) is a property and is not written down.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from model.files import current, write_text
from model.intervals import mean_interval, wilson
from model.network import CLASSES, NETWORKS

CARD = "card.json"
FORMAT = 2  # 1 held derived figures as well; a newer program may raise it
RENAMED = {  # fields of TrainConfig: the names that older cards and states have -> today's
    "learning_rate": "peak_learning_rate",
    "average_decay": "ema_decay",
    "renewal": "synthetic_refresh_epochs",
    "strength": "augmentation_strength",
}
MEASURED = ("validation", "folds", "drawings", "not_digits", "photos", "baselines", "curves")
LINE = 120  # characters; what fits stays on one line of card.json

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True)
class Network:
    """What model.network needs to build the network, and its size."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    weights: Count | None = None
    multiply_adds: Count | None = None  # for one picture


@dataclass(frozen=True)
class Corrections:
    """Visitors' corrections that were trained on."""

    count: Count
    no_digits: Count  # of them
    sha256: str


@dataclass(frozen=True)
class Data:
    """The CSV, and how many of its rows were trained on and kept for validation."""

    file: str
    sha256: str
    rows: Count
    train: Count
    validation: Count
    extra: Corrections | None = None


@dataclass(frozen=True)
class Epoch:
    """One point of the learning curve. `accuracy` is the averaged weights' on validation, None without one."""

    epoch: Count
    loss: float
    accuracy: Share | None = None
    learning_rate: float | None = None
    seconds: Seconds | None = None
    cpu_seconds: Seconds | None = None


@dataclass(frozen=True)
class Bin:
    """The predictions whose confidence lies from `low` to `high`: how sure they were, and how many were right."""

    low: Share
    high: Share
    n: Count
    confidence: Share  # mean
    accuracy: Share


@dataclass(frozen=True)
class DigitFigures:
    """Precision and recall of one digit, each with its 95% interval."""

    digit: int
    n: int
    precision: float
    precision_interval: tuple[float, float]
    recall: float
    recall_interval: tuple[float, float]


@dataclass(frozen=True)
class Validation:
    """Figures on labelled pictures that were not trained on."""

    confusion: list[list[Count]]  # (10, 10) counts: true digit by row, predicted digit by column
    calibration_error: Share  # expected calibration error over the bins of `reliability`
    reliability: list[Bin] = field(default_factory=list)

    def __post_init__(self) -> None:
        if [len(row) for row in self.confusion] != [CLASSES] * CLASSES or not self.n:
            raise ValueError("the confusion matrix is not 10 rows of 10 counts, or counts nothing")

    @property
    def n(self) -> int:
        return sum(map(sum, self.confusion))

    @property
    def errors(self) -> int:
        return self.n - sum(self.confusion[digit][digit] for digit in range(CLASSES))

    @property
    def accuracy(self) -> float:
        return (self.n - self.errors) / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """The accuracy's 95% interval."""
        return wilson(self.n - self.errors, self.n)

    @property
    def per_class(self) -> list[DigitFigures]:
        """Precision and recall of the ten digits; 0 for a digit that never came, or was never answered."""
        return [self._figures(digit) for digit in range(CLASSES)]

    def _figures(self, digit: int) -> DigitFigures:
        right, true = self.confusion[digit][digit], sum(self.confusion[digit])
        given = sum(row[digit] for row in self.confusion)
        precision, recall = right / max(1, given), right / max(1, true)
        return DigitFigures(digit, true, precision, wilson(right, given), recall, wilson(right, true))


@dataclass(frozen=True)
class Folds:
    """Cross-validation: each row was read by the one network of `accuracies` that had not seen it."""

    accuracies: list[Share]  # of each network on its own fold
    out_of_fold: Validation  # over all rows
    epochs: Count  # each network was trained for
    seconds: Seconds  # all together took


@dataclass(frozen=True)
class DrawingFigures:
    """Figures on the drawings of one source."""

    n: Annotated[int, Field(gt=0)]
    accuracy: Share  # read as exactly this one digit
    wrong_but_sure: Share  # read as something else with 90% confidence or more
    calibration_error: Share
    forced: Share | None = None  # right when the reader must name one digit

    @property
    def interval(self) -> tuple[float, float]:
        """The accuracy's 95% interval."""
        return wilson(self.accuracy * self.n, self.n)


@dataclass(frozen=True)
class Drawings:
    """Figures on real drawings, none of which was trained on, by source."""

    sources: dict[str, DrawingFigures]

    def __post_init__(self) -> None:
        if not self.sources:
            raise ValueError("there is no source of drawings")

    @property
    def n(self) -> int:
        return sum(source.n for source in self.sources.values())

    @property
    def mean(self) -> float:
        """Mean accuracy over the sources, each of equal weight."""
        return sum(source.accuracy for source in self.sources.values()) / len(self.sources)

    @property
    def interval(self) -> tuple[float, float]:
        """The mean's 95% interval."""
        return mean_interval([(source.accuracy, source.n) for source in self.sources.values()])


@dataclass(frozen=True)
class NonDigitFigures:
    """Figures on pictures of what is no digit."""

    n: Count
    read_as_digits: Share
    sure_of_a_digit: Share | None = None  # of the pictures with 90% confidence or more
    auroc: Share | None = None  # of is_digit, against the drawings of digits
    fpr_at_95: Share | None = None  # false positives at 95% recall of the drawings
    digits_per_picture: Annotated[float, Field(ge=0)] | None = None


@dataclass(frozen=True)
class PhotoFigures:
    """Figures on photos of handwriting."""

    pictures: Count
    exact: Share  # pictures whose whole text was read right
    f1: Share  # of their digits
    digits: Count | None = None
    right: Count | None = None
    spurious: Count | None = None
    seconds: Seconds | None = None  # median of a picture


@dataclass(frozen=True)
class Protocol:
    """On whom drawings, photos and non-digits were measured by tools.score."""

    half: str | None = None  # "check", "tune", None for both
    measured: str = ""  # the same in words


@dataclass(frozen=True)
class Origin:
    """Another run that this one began with."""

    weights_sha256: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    seconds: Seconds = 0
    cpu_seconds: Seconds | None = None
    epochs: Count = 0
    started_from: Origin | None = None

    def chain(self) -> Iterator[Origin]:
        """This run, the one that it began with, the one that that began with, and so on."""
        run: Origin | None = self
        while run:
            yield run
            run = run.started_from


@dataclass(frozen=True)
class Baseline:
    """One network of the comparison with other projects."""

    weights: Count
    multiply_adds: Count
    epochs: Count
    seconds: Seconds
    validation_accuracy: Share
    cpu_seconds: Seconds | None = None
    drawing_accuracy: Share | None = None


@dataclass(frozen=True)
class Card:
    """Everything that is known of a network."""

    network: Network
    format: int = FORMAT
    weights_sha256: str | None = None
    temperature: float = 1.0  # logits are divided by it, so that confidence is right as often as it says
    threshold: float = 0.5  # what is less sure to be a digit is refused
    config: dict[str, Any] = field(default_factory=dict)  # TrainConfig's fields
    data: Data | None = None
    versions: dict[str, str] = field(default_factory=dict)
    machine: str | None = None
    trained: str | None = None  # the day, 2026-11-25
    seconds: Seconds | None = None
    cpu_seconds: Seconds | None = None
    epochs: Count | None = None
    best_epoch: Count | None = None  # whose weights were kept
    started_from: Origin | None = None
    validation: Validation | None = None
    folds: Folds | None = None
    protocol: Protocol | None = None  # of the next three
    drawings: Drawings | None = None
    not_digits: dict[str, NonDigitFigures] | None = None
    photos: dict[str, PhotoFigures] | None = None
    baselines: dict[str, Baseline] | None = None
    curves: list[Epoch] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not (0 < self.temperature < math.inf and 0 <= self.threshold <= 1):
            raise ValueError(
                f"got temperature {self.temperature} and threshold {self.threshold}, "
                "expected more than 0, and 0 to 1; train it again"
            )

    @classmethod
    def from_json(cls, values: Any) -> Card:
        """The card of plain JSON values, upgraded from an older format. Raises ValueError, one sentence, for others."""
        try:
            return _ADAPTER.validate_python(_upgraded(values))
        except ValidationError as error:
            raise ValueError(_sentence(error)) from error
        except (AttributeError, KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"got {type(error).__name__}: {error}, expected the card of a network") from error

    @classmethod
    def read(cls, folder: str | Path) -> Card:
        """The card of a folder. Raises ValueError when it is missing, damaged or of a newer format."""
        path = Path(folder) / CARD
        try:
            values = json.loads(current(path).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ValueError(
                f"loading {path}: there is no such file; expected the folder of a finished training run, "
                "make one with python train.py --data digit-recognizer.zip"
            ) from None
        except (OSError, ValueError, RecursionError) as error:
            came = f"{type(error).__name__}: {error}".replace("\n", " ")[:200]
            raise ValueError(f"loading {path}: got {came}, expected the card of a network; train it again") from error
        try:
            return cls.from_json(values)
        except ValueError as error:
            raise ValueError(f"loading {path}: {error}") from error

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; what is not known is left out, what was measured has six digits."""
        values = _known({**asdict(self), "format": FORMAT})
        return {name: _rounded(value) if name in MEASURED else value for name, value in values.items()}

    def write(self, folder: str | Path) -> None:
        """Write card.json into `folder`, all of it or nothing."""
        write_text(Path(folder) / CARD, _text(self.as_json()) + "\n")

    def origin(self) -> Origin:
        """What the card of another run says of this one."""
        seconds, epochs = self.seconds or 0, self.epochs or 0
        return Origin(self.weights_sha256, self.config, seconds, self.cpu_seconds, epochs, self.started_from)


_ADAPTER = TypeAdapter(Card)


def _upgraded(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a card of any older format, as those of the newest. Raises ValueError for what nobody can read."""
    form, name = int(values["format"]), str(values["network"]["name"])
    if form > FORMAT:
        raise ValueError(f"got card format {form}, expected at most {FORMAT}; update this program")
    if name not in NETWORKS:
        raise ValueError(f"got network {name!r}, expected one of {', '.join(sorted(NETWORKS))}")
    # The first format said null for what was not known, and held derived figures, which are ignored.
    return {**_renamed({key: value for key, value in values.items() if value is not None}), "format": FORMAT}


def _renamed(run: dict[str, Any]) -> dict[str, Any]:
    """A card or an origin with its settings, and those of the runs before it, under today's names."""
    changes: dict[str, Any] = {}
    if "config" in run:
        changes["config"] = upgraded_config(run["config"])
    if run.get("started_from"):
        changes["started_from"] = _renamed(run["started_from"])
    return {**run, **changes}


def upgraded_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an older card or state under today's names."""
    return {RENAMED.get(name, name): value for name, value in config.items()}


def _sentence(error: ValidationError) -> str:
    """The first fault that pydantic found: what came and what was expected. Our own sentences stay as they are."""
    first = error.errors(include_url=False)[0]
    if first["type"] == "value_error" and not first["loc"]:
        return str(first["ctx"]["error"])
    where = ".".join(map(str, first["loc"])) or "the card"
    came = repr(first["input"])[:60]
    return f"got {where} {came} ({first['msg']}), expected the card of a network; train it again"


def _known(value: Any) -> Any:
    """Without what is None or empty."""
    if isinstance(value, dict):
        return {name: _known(one) for name, one in value.items() if one is not None and one != {} and one != []}
    return [_known(one) for one in value] if isinstance(value, list) else value


def _rounded(value: Any) -> Any:
    """With six significant digits."""
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _text(value: Any, indent: str = "", used: int = 0) -> str:
    """JSON in which everything that fits on a line stays on one."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + used + len(flat) < LINE:
        return flat
    inner = indent + " "
    if isinstance(value, list):
        lines, (first, last) = [inner + _text(one, inner) for one in value], "[]"
    else:
        names = [(json.dumps(name, ensure_ascii=False), one) for name, one in value.items()]
        lines, (first, last) = [f"{inner}{name}: {_text(one, inner, len(name) + 2)}" for name, one in names], "{}"
    return "\n".join([first, ",\n".join(lines), indent + last])
