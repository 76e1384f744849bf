"""card.json: what is known of a trained network, from its make to its measured figures, as one tree of dataclasses.

    card = Card.read("assets")            # checked; one of an older format is upgraded in memory, no file is touched
    card.validation.accuracy
    replace(card, photos=…).write(folder)

Everything but `network` may be missing (None, or empty): a run knows no drawings until somebody measures them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from model.files import current, write_text
from model.network import NETWORKS
from model.results import (
    Baseline,
    Count,
    Drawings,
    Epoch,
    Folds,
    NonDigitFigures,
    PhotoFigures,
    Protocol,
    Seconds,
    Validation,
)

CARD = "card.json"
SHIPPED = "digitnet, as shipped"  # the name of our own row beside other projects' networks
FORMAT = 2  # 1 held derived figures as well; a newer program may raise it
MEASURED = ("validation", "folds", "drawings", "not_digits", "photos", "baselines", "curves")
LINE = 120  # characters; what fits stays on one line of card.json


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

    def as_baseline(self) -> Baseline:
        """This network's row in a comparison; the runs that it began with count. Raises ValueError without figures."""
        runs = list(self.origin().chain())
        cpu_seconds = [run.cpu_seconds for run in runs if run.cpu_seconds is not None]
        accuracy = self.validation or (self.folds.out_of_fold if self.folds else None)
        if accuracy is None or self.network.weights is None or self.network.multiply_adds is None:
            raise ValueError("comparing: a card has no validation or size of its network; train it again")
        return Baseline(
            weights=self.network.weights,
            multiply_adds=self.network.multiply_adds,
            epochs=sum(run.epochs for run in runs),
            seconds=round(sum(run.seconds for run in runs)),
            cpu_seconds=round(sum(cpu_seconds)) if len(cpu_seconds) == len(runs) else None,
            validation_accuracy=accuracy.accuracy,
            drawing_accuracy=self.drawings.mean if self.drawings else None,
        )

    def compared(self, others: dict[str, Baseline] | None) -> Card:
        """The card with rows of other projects' networks and, where there are any and it has figures, its own."""
        rows = {name: row for name, row in (others or {}).items() if name != SHIPPED}
        if rows and (self.validation or self.folds):
            rows[SHIPPED] = self.as_baseline()
        return replace(self, baselines=rows or None)

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
    return {**{key: value for key, value in values.items() if value is not None}, "format": FORMAT}


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
