"""What was measured of a network: the figures that its card keeps.

What follows from other figures (accuracies, intervals, figures by digit) is a property and is not written down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from model.ink.normalise import CLASSES
from model.intervals import mean_interval, wilson

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


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
class Baseline:
    """One network of the comparison with other projects."""

    weights: Count
    multiply_adds: Count
    epochs: Count
    seconds: Seconds
    validation_accuracy: Share
    cpu_seconds: Seconds | None = None
    drawing_accuracy: Share | None = None
