"""The gallery of mistakes: what is collected, and that its files come back as they were or say what is wrong."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.review.gallery import ATLAS, NEIGHBOURS, TABLE, Gallery, collect
from model.review.selection import doubtful_labels

SIDE = 28


def validation_set(n: int = 1500, wrong: float = 0.2, seed: int = 0) -> tuple[np.ndarray, ...]:
    """images, labels, rows, probabilities, features of an invented validation set; a share `wrong` of it misread."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n)
    images = np.zeros((n, SIDE, SIDE), np.uint8)
    for i, label in enumerate(labels):  # a bar whose height tells the digit, with grey edges
        images[i, 4 : 6 + 2 * label, 12:16] = rng.integers(100, 256, (2 + 2 * label, 4))
    answers = np.where(rng.random(n) < wrong, (labels + rng.integers(1, 10, n)) % 10, labels)
    probabilities = rng.random((n, 10)) * 0.02
    probabilities[np.arange(n), labels] += 0.3
    probabilities[np.arange(n), answers] += rng.uniform(0.4, 3, n)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    features = np.eye(10)[labels] + rng.normal(0, 0.3, (n, 10))
    return images, labels, rng.permutation(42_000)[:n], probabilities.astype(np.float32), features.astype(np.float32)


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    return collect(*validation_set())


@pytest.fixture
def folder(gallery: Gallery, tmp_path: Path) -> Path:
    gallery.save(tmp_path)
    return tmp_path


def rows(gallery: Gallery) -> list[int]:
    return [sample.row for sample in gallery]


def test_collects_every_misread_sample_and_no_other(gallery: Gallery) -> None:
    images, labels, csv_rows, probabilities, _ = validation_set()
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    assert rows(gallery) == list(csv_rows[wrong])
    assert gallery.confusion.sum() == len(labels)
    assert gallery.confusion.tolist() == [
        [int(((labels == t) & (predicted == p)).sum()) for p in range(10)] for t in range(10)
    ]
    for sample, i in zip(gallery, wrong, strict=True):
        assert (sample.picture == images[i]).all()
        assert (sample.true, sample.predicted) == (labels[i], predicted[i])
        assert sample.confidence == pytest.approx(probabilities[i].max())


def test_neighbours_are_the_nearest_that_were_read_right(gallery: Gallery) -> None:
    images, labels, csv_rows, probabilities, features = validation_set()
    index = {row: i for i, row in enumerate(csv_rows)}
    right = probabilities.argmax(axis=1) == labels

    def distance(a: int, b: int) -> float:
        return 1 - features[a] @ features[b] / np.linalg.norm(features[a]) / np.linalg.norm(features[b])

    for sample in list(gallery)[:20]:
        here = index[sample.row]
        for digit, near in ((sample.true, sample.like_true), (sample.predicted, sample.like_predicted)):
            pool = sorted(np.flatnonzero(right & (labels == digit)), key=lambda i, here=here: distance(here, i))
            assert [index[row] for row in near] == pool[:3]
            assert all((gallery.neighbours[row] == images[index[row]]).all() for row in near)


def test_fewer_neighbours_where_there_are_no_more() -> None:
    images, _, csv_rows, _, features = validation_set(3)
    labels, probabilities = np.array([4, 4, 9]), np.eye(10, dtype=np.float32)[[4, 9, 4]]
    first, second = collect(images, labels, csv_rows, probabilities, features)
    assert (first.like_true, first.like_predicted) == ((csv_rows[0],), ())
    assert (second.like_true, second.like_predicted) == ((), (csv_rows[0],))


def test_doubtful_rule_on_a_case_counted_by_hand() -> None:
    """Labels 0, 0, 0, 1, 1, 1. The mean own probability of 0 is (0.9 + 0.8 + 0.1) / 3 = 0.6, of 1 it is
    (0.9 + 0.7 + 0.35) / 3 = 0.65. Sample 2, labelled 0, gets 0.9 ≥ 0.65 for 1: doubtful. Sample 5, labelled 1,
    gets 0.55 < 0.6 for 0: misread, but not doubtful. No sample is labelled 2, so nothing reaches its threshold."""
    labels = np.array([0, 0, 0, 1, 1, 1])
    p = np.zeros((6, 10))
    p[:, :3] = [[0.9, 0.1, 0], [0.8, 0.2, 0], [0.1, 0.9, 0], [0.1, 0.9, 0], [0.3, 0.7, 0], [0.55, 0.35, 0.1]]
    assert doubtful_labels(p, labels).tolist() == [False, False, True, False, False, False]
    p[5, :3] = [0.62, 0.35, 0.03]  # now above the 0.6 of digit 0
    assert doubtful_labels(p, labels).tolist() == [False, False, True, False, False, True]
    p[5, :3] = [0.02, 0.35, 0.63]
    assert not doubtful_labels(p, labels)[5]


def test_round_trip(gallery: Gallery, folder: Path) -> None:
    again = Gallery.load(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted([ATLAS, NEIGHBOURS, TABLE])
    assert len(again.escapes) == len(gallery.escapes) == 60
    assert (again.confusion == gallery.confusion).all() and again.neighbours.keys() == gallery.neighbours.keys()
    assert all((again.neighbours[row] == gallery.neighbours[row]).all() for row in gallery.neighbours)
    for new, old in zip((*again, *again.escapes), (*gallery, *gallery.escapes), strict=True):
        assert (new.picture == old.picture).all()
        assert new.probabilities == pytest.approx(old.probabilities, abs=1e-6)
        for name in ("true", "predicted", "row", "is_doubtful", "like_true", "like_predicted"):
            assert getattr(new, name) == getattr(old, name)


def test_narrow_escapes_are_the_least_sure_that_were_read_right(gallery: Gallery) -> None:
    _, labels, csv_rows, probabilities, _ = validation_set()
    right = np.flatnonzero(probabilities.argmax(axis=1) == labels)
    least = sorted(right, key=lambda i: probabilities[i].max())[:60]
    assert [sample.row for sample in gallery.escapes] == list(csv_rows[least])
    for sample, i in zip(gallery.escapes, least, strict=True):
        assert sample.true == sample.predicted == labels[i]
        assert sample.rival == np.argsort(probabilities[i])[-2] != sample.true
        assert sample.row not in (*sample.like_true, *sample.like_predicted), "not its own neighbour"
    assert len(collect(*validation_set(), escapes=0).escapes) == 0


def test_each_sample_names_the_fold_that_read_it(tmp_path: Path) -> None:
    images, labels, csv_rows, probabilities, features = validation_set(600)
    folds = np.arange(600) % 5
    collect(images, labels, csv_rows, probabilities, features, folds=folds).save(tmp_path)
    fold_of = dict(zip(csv_rows.tolist(), folds.tolist(), strict=True))
    again = Gallery.load(tmp_path)
    for sample in (*again, *again.escapes):
        assert sample.fold == fold_of[sample.row]
        near = (*sample.like_true, *sample.like_predicted)
        assert near and {fold_of[row] for row in near} == {sample.fold}, "features of one network only"


def test_galleries_of_older_versions_load(folder: Path, gallery: Gallery) -> None:
    """Without folds and without narrow escapes, neither in the table nor in the pictures."""
    old = collect(*validation_set(), escapes=0)
    old.save(folder)
    table = (folder / TABLE).read_text().splitlines()
    head = table[0].replace('"escapes": 0, ', "")
    assert head != table[0]
    lines = [line.removesuffix(",fold").removesuffix(",") for line in table[1:]]
    (folder / TABLE).write_text("\n".join([head, *lines]) + "\n")
    again = Gallery.load(folder)
    assert rows(again) == rows(gallery) and again.escapes == () and {sample.fold for sample in again} == {None}


def test_empty_round_trip(tmp_path: Path) -> None:
    collect(*validation_set(50, wrong=0), escapes=0).save(tmp_path)
    again = Gallery.load(tmp_path)
    assert len(again) == 0 and again.confusion.sum() == 50 and again.neighbours == {}


def test_two_thousand_mistakes_are_small_and_load_quickly(tmp_path: Path) -> None:
    images, labels, csv_rows, probabilities, features = validation_set(4200, wrong=0.5)
    rng = np.random.default_rng(1)
    images = np.where(images > 0, rng.integers(0, 256, images.shape), images).astype(np.uint8)
    collect(images, labels, csv_rows, probabilities, features).save(tmp_path)
    assert all(path.stat().st_size < 2_000_000 for path in tmp_path.iterdir())
    begun = time.perf_counter()
    assert len(Gallery.load(tmp_path)) > 1900
    assert time.perf_counter() - begun < 1


def test_filter(gallery: Gallery) -> None:
    for true in (None, 3):
        for predicted in (None, 8):
            some = gallery.filter(true=true, predicted=predicted)
            expected = [s.row for s in gallery if true in (None, s.true) and predicted in (None, s.predicted)]
            assert rows(some) == expected and expected
            assert some.confusion.sum() == gallery.confusion.sum()
    assert len(gallery.filter(true=3, predicted=3)) == 0
    assert len(gallery.filter(true=0)) == gallery.confusion[0, 1:].sum()  # 0 is a digit, not "all"


@pytest.mark.parametrize("wrong", [{"true": 10}, {"predicted": -1}, {"true": "3"}])
def test_filter_refuses_what_is_no_digit(gallery: Gallery, wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"filtering the gallery: got .* expected a digit from 0 to 9"):
        gallery.filter(**wrong)


def test_sorting(gallery: Gallery) -> None:
    confidence = [s.confidence for s in gallery.sorted()]
    assert confidence == sorted(confidence, reverse=True)
    true = [s.probabilities[s.true] for s in gallery.sorted("true")]
    assert true == sorted(true, reverse=True)
    assert rows(gallery.sorted("row")) == sorted(rows(gallery))
    with pytest.raises(ValueError, match="expected one of confidence, true, row"):
        gallery.sorted("colour")


def rewrite(pattern: str, new: str, count: int = 1):
    """A damage: the table with the first match of `pattern` replaced."""

    def damage(folder: Path) -> None:
        text = (folder / TABLE).read_text()
        changed = re.sub(pattern, new, text, count=count)
        assert changed != text
        (folder / TABLE).write_text(changed)

    return damage


def cut(name: str):
    """A damage: the second half of the file is lost."""

    def damage(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])

    return damage


DAMAGES = {
    "no table": (lambda f: (f / TABLE).unlink(), f"{TABLE}: there is no such file"),
    "no pictures": (lambda f: (f / ATLAS).unlink(), f"{ATLAS}: No such file"),
    "no neighbours": (lambda f: (f / NEIGHBOURS).unlink(), f"{NEIGHBOURS}: No such file"),
    "table cut": (cut(TABLE), TABLE),
    "pictures cut": (cut(ATLAS), f"{ATLAS}: its SHA-256"),
    "neighbours cut": (cut(NEIGHBOURS), f"{NEIGHBOURS}: its SHA-256"),
    "other pictures": (lambda f: Image.new("L", (1792, 56)).save(f / ATLAS), "of another run"),
    "table is a picture": (lambda f: (f / TABLE).write_bytes((f / ATLAS).read_bytes()), TABLE),
    "empty table": (lambda f: (f / TABLE).write_text(""), "got columns None"),
    "no head": (rewrite(r"# .*", "# {}"), "first line"),
    "matrix too small": (rewrite(r'"confusion": .*, "sha256"', '"confusion": [[1]], "sha256"'), "confusion matrix"),
    "other columns": (rewrite("is_doubtful", "doubt"), "got columns"),
    "a line lost": (rewrite(r"\n[^\n]*\n$", "\n"), TABLE),
    "a misread line lost": (rewrite(r"\n\d+,(?!(\d),\1)[^\n]*", ""), TABLE),
    "a word for a number": (rewrite(r"\n\d+,", "\nten,"), "line 3: got .*'ten'"),
    "a digit of 12": (rewrite(r"\n(\d+),\d,", r"\n\1,12,"), "line 3: got true 12"),
    "a probability of 7": (rewrite(r"0\.\d{6}", "7.000000"), "line 3: got probabilities"),
    "not a number": (rewrite(r"0\.\d{6}", "nan"), "line 3: got probabilities"),
    "a short line": (rewrite(r"\n(\d+,\d,\d),.*", r"\n\1"), "line 3"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_files_are_named(folder: Path, name: str) -> None:
    damage, message = DAMAGES[name]
    damage(folder)
    with pytest.raises(ValueError, match=rf"(?s)^loading .*{message}.*train\.py"):
        Gallery.load(folder)


def test_a_failed_write_keeps_the_old_gallery(gallery: Gallery, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def broken(*_: object, **__: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(Image.Image, "save", broken)
    with pytest.raises(OSError, match="gone"):
        gallery.filter(true=1).save(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_collect_refuses_lengths_that_differ() -> None:
    images, labels, csv_rows, probabilities, features = validation_set(20)
    with pytest.raises(ValueError, match=r"collecting mistakes: .*\(19,\)"):
        collect(images, labels[:-1], csv_rows, probabilities, features)
