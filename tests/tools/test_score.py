"""The program that makes README's figures: every format is read, every measure is right, the halves are fair."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from model.reader import DigitReader
from model.synthesis.render import example_strokes
from tests.support.drawings import drawing as drawn_page
from tools.score import canvas, formats, measures
from tools.score.__main__ import main
from tools.score.inkml import inkml_symbols
from tools.score.scoring import in_half
from tools.score.unipen import unipen_segments


def strokes_of(digit: int) -> list[list[list[float]]]:
    """A digit's pen strokes in units of 1/100 of its height."""
    return [[[round(100 * x), round(100 * y)] for x, y in line] for line in example_strokes(digit)]


def json_lines(path: Path, digits: str) -> Path:
    rows = [{"label": int(d), "writer": f"w{i}", "strokes": strokes_of(int(d))} for i, d in enumerate(digits)]
    text = "\n".join(json.dumps(row) for row in rows) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def unipen(path: Path, digits: str, delineated: bool) -> Path:
    """UNIPEN with y pointing up; the pen's way above the tablet is a component too."""
    lines, component = [".VERSION 1.0", ".COORD X Y T", ".HIERARCHY CHARACTER"], 0
    for digit in digits:
        strokes = strokes_of(int(digit))
        last = component + 2 * len(strokes) - 1
        lines.append(f'.SEGMENT CHARACTER {f"{component}-{last}" if delineated else "?"} OK "{digit}"')
        for line in strokes:
            lines += [".PEN_DOWN", *(f"{x:.0f} {-y:.0f} 0" for x, y in line), ".PEN_UP", "5 5 0"]
        component = last + 1
    path.write_text("\n".join(lines) + "\n")
    return path


def inkml(path: Path, digits: str) -> Path:
    """A formula as CROHME has it: traces, and groups that point to them."""
    traces, groups, number = [], [], 0
    for digit in digits:
        views = ""
        for line in strokes_of(int(digit)):
            traces.append(f'<trace id="{number}">{", ".join(f"{x} {y}" for x, y in line)}</trace>')
            views += f'<traceView traceDataRef="{number}"/>'
            number += 1
        groups.append(f'<traceGroup><annotation type="truth">{digit}</annotation>{views}</traceGroup>')
    path.write_text(
        '<ink xmlns="http://www.w3.org/2003/InkML"><annotation type="truth">$1+x$</annotation>'
        f'{"".join(traces)}<traceGroup><annotation type="truth">all</annotation>{"".join(groups)}</traceGroup>'
        "</ink>"
    )
    return path


@pytest.fixture
def sets(tmp_path: Path) -> dict[str, Path]:
    """The digits 3, 7 and 2 in every format."""
    (tmp_path / "pictures" / "7").mkdir(parents=True)
    Image.fromarray(drawn_page("7")).save(tmp_path / "pictures" / "7" / "a.png")
    small = np.stack([np.asarray(Image.fromarray(drawn_page(d)).convert("L").resize((28, 28))) for d in "372"])
    np.savez(tmp_path / "rasters.npz", x=small, y=np.array([3, 7, 2]))
    quick = {"word": "7", "key_id": "5", "drawing": [list(zip(*line, strict=True)) for line in strokes_of(7)]}
    (tmp_path / "quick.ndjson").write_text(json.dumps(quick) + "\n")
    (tmp_path / "ink").mkdir()
    inkml(tmp_path / "ink" / "a.inkml", "37")
    inkml(tmp_path / "ink" / "b.inkml", "2")
    return {
        "lines": json_lines(tmp_path / "lines.jsonl", "372"),
        "gzipped": json_lines(tmp_path / "gzipped.jsonl.gz", "372"),
        "unipen": unipen(tmp_path / "unipen.dat", "372", delineated=True),
        "following": unipen(tmp_path / "following.tes", "372", delineated=False),
        "no suffix": unipen(tmp_path / "UJIpenchars-w01", "372", delineated=False),
        "inkml": inkml(tmp_path / "formula.inkml", "372"),
        "folder of ink": tmp_path / "ink",
        "rasters": tmp_path / "rasters.npz",
        "quick": tmp_path / "quick.ndjson",
        "pictures": tmp_path / "pictures",
    }


LABELS = {"quick": ["7"], "pictures": ["7"]}


@pytest.mark.parametrize(
    "kind", ["lines", "gzipped", "unipen", "following", "no suffix", "inkml", "quick", "folder of ink"]
)
def test_every_format_of_ink_gives_the_same_strokes(kind: str, sets: dict[str, Path]) -> None:
    samples = formats.load_set(sets[kind])
    assert [sample.label for sample in samples] == LABELS.get(kind, ["3", "7", "2"])
    seven = next(sample for sample in samples if sample.label == "7")
    assert seven.strokes is not None
    assert [[list(map(float, point)) for point in line] for line in seven.strokes] == [
        [list(map(float, point)) for point in line] for line in strokes_of(7)
    ]


@pytest.mark.parametrize("kind", ["lines", "unipen", "inkml", "rasters", "quick", "pictures", "folder of ink"])
def test_every_format_is_scored(kind: str, sets: dict[str, Path], weights: Path, capsys: Any, tmp_path: Path) -> None:
    assert main([str(sets[kind]), "--json", str(tmp_path / "out.json")]) == 0
    ((_, figures),) = json.loads((tmp_path / "out.json").read_text())["drawn"].items()
    count = {"quick": 1, "pictures": 1}.get(kind, 3)
    assert figures["n"] == count and figures["accuracy"] == figures["forced"] == 1 and figures["wrong_but_sure"] == 0


def test_a_folder_of_parts_is_measured_whole(tmp_path: Path, weights: Path, capsys: Any) -> None:
    for part in ("drawn", "photos", "not_digits/everyday"):
        (tmp_path / part).mkdir(parents=True)
    json_lines(tmp_path / "drawn" / "pens.jsonl.gz", "0123456789")
    json_lines(tmp_path / "not_digits" / "letters.jsonl", "11111111")
    Image.new("RGB", (200, 100), "white").save(tmp_path / "not_digits" / "everyday" / "wall.png")
    Image.fromarray(drawn_page("42")).save(tmp_path / "photos" / "page.png")
    with (tmp_path / "photos" / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["file", "truth", "kind", "source"], ["page.png", "42", "line", "a/b"]])
    out = tmp_path / "scores.json"
    assert main([str(tmp_path), "--json", str(out), "--errors", str(tmp_path / "errors")]) == 0
    scores = json.loads(out.read_text())
    assert list(scores["drawn"]) == ["pens"] and scores["drawn"]["pens"]["n"] == 10
    assert scores["photos"]["line:b"]["exact"] == 1 and scores["photos"]["line:b"]["f1"] == 1
    assert scores["not_digits"]["letters"]["read_as_digits"] == 1 and "auroc" in scores["not_digits"]["letters"]
    assert scores["not_digits"]["everyday photos"] == {"n": 1, "read_as_digits": 0, "digits_per_picture": 0}
    assert main([str(tmp_path), "--half", "tune", "--json", str(out)]) == 0
    assert json.loads(out.read_text())["half"] == "tune"


def test_a_misread_drawing_is_kept_where_it_is_asked_for(tmp_path: Path, weights: Path, capsys: Any) -> None:
    (tmp_path / "set.jsonl").write_text(json.dumps({"label": 5, "strokes": strokes_of(7)}) + "\n")
    assert main([str(tmp_path / "set.jsonl"), "--errors", str(tmp_path / "errors")]) == 0
    assert "5 read as 7" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "errors").iterdir()] == ["1.png"]


BAD = {
    "empty.jsonl": (b"", "found no drawing of a digit"),
    "letters.jsonl": (b'{"label": "a", "strokes": [[[1, 2]]]}', "found no drawing of a digit"),
    "broken.jsonl": (b"{", "line 1 is not"),
    "broken.jsonl.gz": (b"\x1f\x8b\x08", "damaged or cut short"),
    "broken.inkml": (b"<ink>", "expected InkML"),
    "encoded.inkml": (
        b"<ink><traceGroup><annotation type=\"truth\">7</annotation><trace>1 2, '3 '4</trace></traceGroup></ink>",
        "without differences",
    ),
    "broken.npz": (b"PK", "damaged or cut short"),
    "table.csv": (b"1,2", "got .csv"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_scored_is_said(name: str, tmp_path: Path, weights: Path, capsys: Any) -> None:
    raw, message = BAD[name]
    (tmp_path / name).write_bytes(raw)
    assert main([str(tmp_path / name)]) == 2
    said = capsys.readouterr().err
    assert message in said and name.split(".")[0] in said and "Traceback" not in said


def test_missing_files_are_said(tmp_path: Path, weights: Path, capsys: Any) -> None:
    assert main([str(tmp_path / "nothing.jsonl")]) == 2
    assert "no such file" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [[], ["--strokes"]])
def test_strokes_are_given_to_the_reader_where_asked_for(
    flags: list[str], tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    plain = DigitReader.read_drawing

    def spied(self: DigitReader, image: Any, strokes: Any = None) -> Any:
        given.append(strokes)
        return plain(self, image, strokes)

    monkeypatch.setattr(DigitReader, "read_drawing", spied)
    assert main([str(json_lines(tmp_path / "set.jsonl", "37")), *flags]) == 0
    assert [strokes is not None for strokes in given] == [bool(flags)] * 2


def test_a_person_is_in_one_half_only() -> None:
    people = [f"writer {i}" for i in range(200)]
    tune = [name for name in people if in_half(name, "tune")]
    assert 70 < len(tune) < 130
    assert all(in_half(name, "check") != in_half(name, "tune") and in_half(name, None) for name in people)


def test_strokes_stay_on_the_pad_and_are_drawn_alike_each_time() -> None:
    first = [canvas.drawing(canvas.on_pad(strokes_of(8), np.random.default_rng(3))) for _ in range(2)]
    assert first[0].shape == (280, 280, 3) and np.array_equal(*first)
    edges = np.concatenate([first[0][0], first[0][-1], first[0][:, 0], first[0][:, -1]])
    assert (edges == 255).all() and (first[0] == 0).any()


def test_the_place_on_a_pad_is_kept() -> None:
    strokes = canvas.on_pad([[[400, 100], [400, 100]]], np.random.default_rng(0), box=(500, 500))
    picture = canvas.drawing(strokes)
    rows, columns = np.nonzero(picture[..., 0] < 128)
    assert abs(columns.mean() - 224) < 1 and abs(rows.mean() - 56) < 1


def test_the_points_that_a_segment_names_are_taken_alone() -> None:
    text = '.COORD X Y\n.SEGMENT DIGIT 0:1-0:2 GOOD "7"\n.PEN_DOWN\n1 1\n2 2\n3 3\n4 4\n.PEN_UP\n'
    assert unipen_segments(text) == [("7", [[(2.0, -2.0), (3.0, -3.0)]])]


def test_traces_inside_their_group_are_taken_too() -> None:
    raw = b'<ink><traceGroup><annotation type="truth">1</annotation><trace>1 2, 1 9</trace></traceGroup></ink>'
    assert inkml_symbols(raw) == [("1", [[(1.0, 2.0), (1.0, 9.0)]])]


def test_auroc_is_the_share_of_pairs() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(3, 9, 60), rng.integers(0, 7, 50)
    pairs = (a[:, None] > b).mean() + (a[:, None] == b).mean() / 2
    assert measures.auroc(a, b) == pytest.approx(pairs)
    assert measures.auroc(np.ones(3), np.zeros(4)) == 1.0


def test_measures() -> None:
    assert measures.auroc(np.array([0.9, 0.8]), np.array([0.1, 0.2])) == 1
    assert measures.auroc(np.array([0.5]), np.array([0.5, 0.5])) == 0.5
    assert measures.auroc(np.array([0.3, 0.9]), np.array([0.5])) == 0.5
    assert measures.matched("1234", "134") == 3 and measures.matched("12", "21") == 1
    assert measures.f1(3, 4, 3) == pytest.approx(6 / 7) and measures.f1(0, 4, 0) == 0
