"""The Model tab's content: every figure comes from the card, and what the card lacks is said to be lacking."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from model.intervals import wilson
from model.network import DigitNet, count_multiply_adds, count_weights
from ui import report
from ui.report import layers


def card(**changes: Any) -> dict[str, Any]:
    """A small card with invented figures, none of which stands in the code."""
    digits = [
        {
            "digit": digit,
            "n": 40 + digit,
            "precision": 0.9 + digit / 100,
            "precision_interval": [0.85, 0.9951],
            "recall": 1.0,
            "recall_interval": [0.9152, 1.0],
        }
        for digit in range(10)
    ]
    full = {
        "format": 1,
        "network": {
            "name": "digitnet",
            "arguments": {"widths": [32, 64, 96]},
            "weights": 366411,
            "multiply_adds": 29178912,
        },
        "config": {"epochs": 3, "seed": 4711, "widths": [32, 64, 96], "precision": "auto"},
        "data": {"file": "train.csv", "sha256": "ab12" * 16, "rows": 4450, "train": 4005, "validation": 445},
        "versions": {"torch": "2.15.0", "numpy": "2.4.6"},
        "machine": "2 threads of x86_64 Linux",
        "seconds": 3725.4,
        "best_epoch": 2,
        "temperature": 0.8371,
        "threshold": 0.4321,
        "validation": {
            "n": 445,
            "errors": 7,
            "accuracy": 438 / 445,
            "interval": [0.9679, 0.9923],
            "per_class": digits,
            "calibration_error": 0.0123,
            "reliability": [
                {"low": 0.6, "high": 0.7, "n": 9, "confidence": 0.65, "accuracy": 0.667},
                {"low": 0.9, "high": 1.0, "n": 436, "confidence": 0.99, "accuracy": 1.0},
            ],
        },
        "curves": [
            {"epoch": epoch, "loss": 2.0 / epoch, "accuracy": 0.9 + epoch / 40, "learning_rate": 0.001, "seconds": 9}
            for epoch in (1, 2, 3)
        ],
        "drawings": {
            "mean": 0.9625,
            "sources": {
                "pens <1>": {"n": 200, "accuracy": 0.95, "wrong_but_sure": 0.015, "calibration_error": 0.02},
                "fingers": {"n": 80, "accuracy": 0.975, "wrong_but_sure": 0.0, "calibration_error": 0.031},
            },
        },
        "not_digits": {"letters": {"n": 60, "read_as_digits": 0.15, "auroc": 0.9731}},
        "photos": None,
        "baselines": {"two layers": {"weights": 431080, "accuracy": 0.9876}},
    }
    return {name: value for name, value in (full | changes).items() if value is not ...}


def words(html: str) -> str:
    """The text as a visitor reads it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_the_figures_of_the_card_are_shown() -> None:
    text = words(report.content(card()))
    for figure in (
        "98.43 % of the CSV",  # validation
        "96.79–99.23 %",
        "96.25 % of real drawings",
        "mean of 2 sources, 280 drawings",
        "366,411 weights, 29.2 million multiply-adds",
        "epoch 2 was kept",
        "mean distance from the dashed line 1.23 %",
        "97.00 % 85.00–99.51 %",  # precision of 7
        "100.00 % 91.52–100.00 %",
        "95.00 % 91.04–97.26 %",  # Wilson's interval of 190 of 200
        "letters 60 15.00 % 0.9731",
        "two layers 431,080 98.76 %",
        "train.csv, 4,450 rows; 4,005 to train, 445 to validate",
        "in 1 h 2 min",
        "4711",
        "ab12" * 16,
        "torch 2.15.0, numpy 2.4.6",
        "2 threads of x86_64 Linux",
        "0.837",
        "0.432",
        "32, 64, 96",
    ):
        assert figure in text, figure
    assert "pens &lt;1&gt;" in text  # names are text, whatever is in them


def test_plots_are_drawings_in_the_page_s_colours() -> None:
    html = report.content(card())
    plots = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert len(plots) == 4
    for plot in plots:
        root = ElementTree.fromstring(plot.replace("xlink:href", "href"))
        assert root.get("role") == "img" and root.get("aria-label")
        assert "var(--soft)" in plot and not re.search(r"#[0-9a-f]{6}", plot)
    ids = re.findall(r'\bid="([^"]*)"', html)
    assert len(ids) == len(set(ids))
    used = re.findall(r'(?:url\(#|href="#)([^)"]*)', html)
    assert used and set(used) <= set(ids)


LACKING = {
    "drawings": "have not been measured on drawings",
    "not_digits": "not measured with these weights",
    "validation": "Not in card.json.",
    "curves": "Not in card.json.",
    "network": "Not in card.json.",
    "data": "SHA-256 of the CSV not in card.json",
    "config": "Seed not in card.json",
    "seconds": "Trained not in card.json",
    "machine": "On not in card.json",
    "versions": "Versions not in card.json",
}


@pytest.mark.parametrize("names", [[*LACKING], ["validation"], ["curves", "seconds"]], ids=str)
@pytest.mark.parametrize("value", [None, ...], ids=["null", "missing"])
def test_what_the_card_lacks_is_said(names: list[str], value: Any) -> None:
    text = words(report.content(card(**dict.fromkeys(names, value))))
    for name in names:
        assert LACKING[name] in text


def test_no_card_at_all() -> None:
    assert "There is no card.json" in report.content({})
    assert "Not in card.json" in report.content({"network": {"name": "digitnet"}})


@pytest.mark.parametrize("widths", [(32, 64, 96), (4, 6, 8)])
def test_layers_add_up_to_the_real_network(widths: tuple[int, int, int]) -> None:
    net = DigitNet(widths)
    network = {
        "name": "digitnet",
        "arguments": net.arguments,
        "weights": count_weights(net),
        "multiply_adds": count_multiply_adds(net),
    }
    found = layers.layers(network)
    assert [side for _, side, *_ in found] == [28, 14, 14, 7, 7, 1]
    assert sum(weights for *_, weights, _ in found) == network["weights"]
    html = report.picture({"network": network})
    assert f"28×28×{widths[0]}" in html and f"7×7×{widths[2]}" in html


def test_layers_are_not_made_up() -> None:
    network = card()["network"]
    assert layers.layers({**network, "weights": 1}) == []
    assert layers.layers({**network, "name": "other"}) == []
    text = words(report.picture({"network": {**network, "name": "<other>"}}))
    assert "366,411 weights" in text and "&lt;other&gt;; card.json does not say its layers" in text


def test_interval_of_a_mean_is_smaller_than_of_its_parts() -> None:
    sources = [{"accuracy": 0.96, "n": 400}, {"accuracy": 0.98, "n": 400}]
    low, high = report.mean_interval(sources)
    assert (low + high) / 2 == pytest.approx(0.97)
    part_low, part_high = wilson(0.97 * 400, 400)
    assert 0 < high - low < part_high - part_low


@pytest.mark.parametrize(
    ("seconds", "text"), [(12.4, "12 s"), (60, "1 min 0 s"), (200, "3 min 20 s"), (3725.4, "1 h 2 min")]
)
def test_duration(seconds: float, text: str) -> None:
    assert report.duration(seconds) == text


def test_a_broken_card_is_said_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    (answer,) = report.server_functions(card(validation={"accuracy": "high"}))
    assert "card.json is not as expected" in answer({})["html"]
    assert "showing the card failed" in caplog.text


def test_a_fine_tuned_network_names_the_run_before() -> None:
    assert "Began with" not in report.facts({"seconds": 60})
    card = {"seconds": 60, "started_from": {"seconds": 120, "epochs": 40}}
    assert "the weights of a run of 2 min 0 s, 40 epochs<" in report.facts(card)
    card["started_from"]["started_from"] = {"seconds": 30, "epochs": 4}
    assert "40 epochs, before that of a run of 30 s, 4 epochs<" in report.facts(card)


def test_corrections_that_were_learned_are_said() -> None:
    assert "corrections" not in report.facts({"seconds": 60})
    card = {"data": {"extra": {"count": 1200, "no_digits": 7, "sha256": "0"}}}
    assert "1,200 corrections by visitors, 7 of them no digits" in report.facts(card)


def test_sources_have_names_that_people_understand() -> None:
    source = {"n": 220, "accuracy": 1.0, "wrong_but_sure": 0.0, "calibration_error": 0.01}
    html = report.drawings({"drawings": {"mean": 1.0, "sources": {"uji": source, "mine": source}}})
    assert "11 people, stylus (UJI Pen Characters)" in html and "mine" in html
