"""Every target with hostile and with broken input, a small and always equal share of what `make fuzz` sends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import gradio as gr
import hypothesis.extra.numpy as numpy_strategies
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.reader import DigitReader
from model.reading import Reading
from tools.fuzz import Target, sentence
from tools.fuzz.__main__ import SHARES
from tools.fuzz.arrays import METHODS
from tools.fuzz.mutate import mutate
from tools.fuzz.networks import Trap, pickled
from tools.fuzz.targets import targets as every_target
from ui import guard

FEW = settings(max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def targets(weights: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Target]]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("targets")
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        patch.setattr(guard, "RATE", guard.RATE)  # the target of requests lifts it; it comes back afterwards
        patch.setattr(guard, "BURST", guard.BURST)
        yield {name: open_target() for name, open_target in every_target(folder).items()}
        gr.close_all()


def test_every_target_is_tried(targets: dict[str, Target]) -> None:
    assert set(targets) == set(SHARES)


@pytest.mark.parametrize("name", SHARES)
def test_hostile_inputs_are_read_or_refused_with_a_sentence(name: str, targets: dict[str, Target]) -> None:
    answers = [targets[name].enter(raw) for raw in targets[name].corpus]
    assert None in answers, "what is good is read"
    assert any(answers), "what is bad is refused"


@pytest.mark.parametrize("name", SHARES)
@FEW
@given(rng=st.randoms(use_true_random=False))
def test_broken_inputs_too(name: str, targets: dict[str, Target], rng: Any) -> None:
    targets[name].enter(mutate(rng, targets[name].corpus))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
POINTS = st.lists(st.lists(st.floats() | st.integers() | JSON, max_size=3), max_size=9)
STROKES = st.lists(
    st.fixed_dictionaries({}, optional={"points": POINTS | JSON, "width": st.floats() | JSON, "erase": JSON}) | JSON,
    max_size=5,
)


@FEW
@given(request=st.fixed_dictionaries({}, optional={"strokes": STROKES, "picture": JSON, "index": JSON}) | JSON)
def test_anything_that_json_can_say_on_the_pad(targets: dict[str, Target], request: Any) -> None:
    targets["pad"].enter(json.dumps(request).encode())


@FEW
@given(
    array=numpy_strategies.arrays(
        dtype=numpy_strategies.scalar_dtypes(), shape=numpy_strategies.array_shapes(min_dims=0, max_dims=4, min_side=0)
    )
)
@pytest.mark.parametrize("method", METHODS)
def test_any_array(weights: Any, method: str, array: np.ndarray) -> None:
    reader = shipped()
    try:
        answer = getattr(reader, method)(array)
    except ValueError as error:
        sentence(str(error))
    else:
        assert isinstance(answer, Reading) or answer.shape == (len(array), 10)


@cache
def shipped() -> DigitReader:
    return DigitReader.load()


def test_a_pickle_is_never_loaded(targets: dict[str, Target]) -> None:
    for name in ("card", "weights", "state", "gallery"):
        assert targets[name].enter(pickled())
    assert not Trap.sprung


def test_the_check_of_sentences_can_fail() -> None:
    for text in ("", "two\nlines", "Traceback (most recent call last)", "in /home/me/app.py", "saved to /tmp/x"):
        with pytest.raises(AssertionError):
            sentence(text, "/tmp/x")
