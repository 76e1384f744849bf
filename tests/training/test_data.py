"""Kaggle's CSV as people have it: every form is read, every fault is named with file and row."""

import bz2
import gzip
import lzma
import zipfile

import numpy as np
import pytest

from model.synthesis.render import synthetic_batch
from model.training import csv_table, data

ROWS = 40


def csv_text(rows: int = ROWS, labels: bool = True) -> str:
    """A small CSV in Kaggle's form; pixel values are (row + column) % 256."""
    lines = [",".join((["label"] if labels else []) + csv_table.PIXELS)]
    for row in range(rows):
        values = [(row + column) % 256 for column in range(784)]
        lines.append(",".join(map(str, ([row % 10] if labels else []) + values)))
    return "\n".join(lines) + "\n"


@pytest.fixture
def forms(tmp_path):
    """The same CSV in every form that is read: name -> path."""
    text = csv_text()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "train.csv").write_text(text)
    (tmp_path / "train.csv").write_text(text)
    with gzip.open(tmp_path / "train.csv.gz", "wt") as file:
        file.write(text)
    with zipfile.ZipFile(tmp_path / "digit-recognizer.zip", "w") as archive:
        archive.writestr("train.csv", text)
        archive.writestr("test.csv", csv_text(7, labels=False))
    with zipfile.ZipFile(tmp_path / "train.csv.zip", "w") as archive:
        archive.writestr("train.csv", text)
    for name, source in (("with zip", "digit-recognizer.zip"), ("with packed csv", "train.csv.zip")):
        (tmp_path / name).mkdir()
        (tmp_path / name / source).write_bytes((tmp_path / source).read_bytes())
    (tmp_path / "above" / "digit-recognizer").mkdir(parents=True)
    (tmp_path / "above" / "digit-recognizer" / "train.csv").write_text(text)
    return {name: tmp_path / name for name in FORMS}


FORMS = (
    "folder",
    "train.csv",
    "train.csv.gz",
    "digit-recognizer.zip",
    "train.csv.zip",
    "with zip",
    "with packed csv",
    "above",
)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_digits(forms, form):
    digits = data.load_csv(forms[form])
    assert digits.images.shape == (ROWS, 28, 28) and digits.images.dtype == np.uint8
    assert digits.labels.tolist() == [row % 10 for row in range(ROWS)]
    assert digits.images[3, 1, 2] == (3 + 30) % 256
    assert digits.sha256 == data.load_csv(forms["train.csv"]).sha256


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_other_systems_are_read(tmp_path, end):
    (tmp_path / "train.csv").write_bytes(csv_text().replace("\n", end).encode())
    assert len(data.load_csv(tmp_path).labels) == ROWS


def test_test_csv_has_no_labels(forms):
    images = data.load_test(forms["digit-recognizer.zip"])
    assert images.shape == (7, 28, 28) and images[2, 0, 5] == 7


def edited(change) -> str:
    lines = csv_text().splitlines()
    change(lines)
    return "\n".join(lines) + "\n"


def replace(row: int, old: str, new: str):
    def change(lines):
        lines[row] = lines[row].replace(old, new, 1)

    return change


BAD = {
    "empty": ("", "is empty"),
    "header only": (csv_text(0), "no rows"),
    "no label column": (csv_text(labels=False), "looks like Kaggle's test.csv, which has no labels"),
    "other table": ("a,b\n1,2\n", "column 1 named 'a'"),
    "too few columns": (csv_text().replace(",pixel783", ""), "784 columns, expected 785"),
    "label 12": (
        edited(lambda lines: lines.__setitem__(5, "12" + lines[5][1:])),
        "row 5 has label 12, expected 0 to 9",
    ),
    "above 255": (edited(replace(7, ",30,", ",300,")), "row 7, column .* has '300'"),
    "negative": (edited(replace(7, ",30,", ",-3,")), "row 7, column .* has '-3'"),
    "text": (edited(replace(9, ",30,", ",many,")), "row 9, column .* has 'many'"),
    "fraction": (edited(replace(9, ",30,", ",3.5,")), "row 9, column .* has '3.5'"),
    "plus": (edited(replace(9, ",30,", ",+5,")), "row 9, column .* has '\\+5'"),
    "exponent": (edited(replace(9, ",30,", ",1e1,")), "row 9, column .* has '1e1'"),
    "0.0": (edited(replace(9, ",30,", ",0.0,")), "row 9, column .* has '0.0'"),
    "gap": (edited(replace(9, ",30,", ",,")), "row 9, column .* has ''"),
    "short row": (edited(lambda lines: lines.__setitem__(6, lines[6].rsplit(",", 3)[0])), "row 6 has 782 values"),
    "long row": (edited(lambda lines: lines.__setitem__(6, lines[6] + ",0")), "row 6 has 786 values"),
    "cut short": (csv_text()[:-1500], "row 40 has"),
}


@pytest.mark.parametrize("fault", BAD)
def test_every_fault_is_named_with_its_row(tmp_path, fault):
    text, message = BAD[fault]
    path = tmp_path / "train.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        data.load_csv(path)
    assert "train.csv" in str(caught.value)


@pytest.mark.parametrize("name", ["train.csv.gz", "digit-recognizer.zip"])
def test_a_truncated_archive_says_so(forms, name):
    raw = forms[name].read_bytes()
    forms[name].write_bytes(raw[: len(raw) // 2])
    with pytest.raises(ValueError, match="damaged or cut short"):
        data.load_csv(forms[name])


def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path):
    path = tmp_path / "train.csv.gz"
    path.write_bytes(gzip.compress(csv_text().encode() + b"0," * 20_000_000))
    with pytest.raises(ValueError, match="unpack to more than 100 times"):
        data.load_csv(path)


def header_replaced(header: str) -> str:
    return header + "\n" + csv_text().split("\n", 1)[1]


def without(label: int) -> str:
    header, *rows = csv_text().splitlines()
    return "\n".join([header, *(row for row in rows if not row.startswith(f"{label},"))]) + "\n"


def mapped(change) -> str:
    """The CSV with each pixel changed."""
    header, *rows = csv_text().splitlines()
    return "\n".join([header, *(",".join([(cells := row.split(","))[0], *map(change, cells[1:])]) for row in rows)])


OTHERS = {  # CSVs and files that people have in place of Kaggle's
    "index": ("," + csv_text().replace("\n", "\n0,").removesuffix("0,"), "first column '' is an index"),
    "no header": (csv_text().split("\n", 1)[1], "first row is numbers; expected the header label, … pixel783"),
    "labels last": (header_replaced(",".join([*csv_table.PIXELS, "label"])), "labels are the last column"),
    "semicolons": (csv_text().replace(",", ";"), "separated by semicolons"),
    "tabs": (csv_text().replace(",", "\t"), "separated by tabs"),
    "fractions": (mapped(lambda value: str(int(value) / 255)), "go from 0 to 1, expected whole numbers"),
    "inverted": (mapped(lambda value: str(255 - int(value) // 8)), "edges are light"),
    "a class missing": (without(7), "has the label 7, expected all ten digits"),
    "xz": (lzma.compress(csv_text().encode()), "is packed with xz"),
    "bzip2": (bz2.compress(csv_text().encode()), "is packed with bzip2"),
    "idx": (b"\0\0\x08\x03" + bytes(100), "MNIST's own idx format"),
    "UTF-16": (csv_text().encode("utf-16"), "is text in UTF-16"),
    "web page": (b"<!DOCTYPE html><html>", "is a web page"),
    "bytes": (bytes(range(1, 256)) * 4, "with bytes that are no text"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_csv_of_kaggles_is_called_what_it_is(tmp_path, name):
    content, message = OTHERS[name]
    path = tmp_path / "train.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ValueError, match=message) as caught:
        data.load_csv(path)
    assert str(caught.value).isprintable() and str(path) in str(caught.value)


def test_the_columns_of_mnist_in_csv_are_read(tmp_path):
    names = [f"{row}x{column}" for row in range(1, 29) for column in range(1, 29)]
    (tmp_path / "mnist_train.csv").write_text(header_replaced(",".join(["label", *names])))
    (tmp_path / "train.csv").write_text(csv_text())
    read = data.load_csv(tmp_path / "mnist_train.csv")
    assert np.array_equal(read.images, data.load_csv(tmp_path).images)


def test_train_csv_in_place_of_test_csv_is_said(tmp_path):
    (tmp_path / "train.csv").write_text(csv_text())
    with pytest.raises(ValueError, match=r"has labels, like Kaggle's train\.csv; give test\.csv") as caught:
        data.load_test(tmp_path / "train.csv")
    with pytest.raises(ValueError, match="no such file") as missing:
        data.load_test(tmp_path / "test.csv")
    assert "--download" not in f"{caught.value}{missing.value}"  # which fetches no test.csv


def test_emnists_transposed_pictures_are_recognised(tmp_path):
    images, labels = synthetic_batch(np.random.default_rng(0), 400)
    data.write_csv(tmp_path / "upright.csv", images, labels)
    assert len(data.load_csv(tmp_path / "upright.csv").labels) == 400
    data.write_csv(tmp_path / "transposed.csv", images.transpose(0, 2, 1), labels)
    with pytest.raises(ValueError, match=r"1s lie down.*reshape\(28, 28\)\.T"):
        data.load_csv(tmp_path / "transposed.csv")
    (tmp_path / "emnist-digits-train.csv").write_text(csv_text().split("\n", 1)[1])
    with pytest.raises(ValueError, match="EMNIST's pictures are also transposed"):
        data.load_csv(tmp_path / "emnist-digits-train.csv")


def test_missing_files_say_where_to_get_them(tmp_path):
    for path in (tmp_path / "nothing.zip", tmp_path):
        with pytest.raises(ValueError, match=r"kaggle\.com"):
            data.load_csv(path)


def test_a_split_is_stratified_seeded_and_complete():
    labels = np.repeat(np.arange(10), [50, 100, 20, 30, 40, 60, 70, 80, 90, 110])
    train, validation = data.split(labels, 0.1, seed=3)
    assert sorted([*train, *validation]) == list(range(len(labels)))
    assert np.bincount(labels[validation]).tolist() == [5, 10, 2, 3, 4, 6, 7, 8, 9, 11]
    assert np.array_equal(validation, data.split(labels, 0.1, seed=3)[1])
    assert not np.array_equal(validation, data.split(labels, 0.1, seed=4)[1])


def test_a_split_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="digit 0 has 3 rows"):
        data.split(np.zeros(3, int), 0.1, seed=0)
    with pytest.raises(ValueError, match="validation share of 1"):
        data.split(np.zeros(30, int), 1.0, seed=0)


def test_a_submission_is_numbered_from_1_and_checked(tmp_path):
    path = tmp_path / "submission.csv"
    data.write_submission(path, np.array([3, 0, 9]))
    assert path.read_text() == "ImageId,Label\n1,3\n2,0\n3,9\n"
    for labels in (np.array([10]), np.array([-1]), np.array([0.5]), np.zeros((2, 2), int), np.array([], int)):
        with pytest.raises(ValueError, match="expected"):
            data.write_submission(path, labels)
    assert path.read_text().startswith("ImageId,Label\n1,3")


@pytest.mark.parametrize("name", ["train.csv", "train.csv.gz"])
def test_what_is_written_is_read_again(tmp_path, name):
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)
    data.write_csv(tmp_path / name, images, np.arange(20) % 10)
    digits = data.load_csv(tmp_path)
    assert np.array_equal(digits.images, images) and digits.labels.tolist() == [i % 10 for i in range(20)]
