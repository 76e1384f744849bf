"""Printed characters: letters and signs of many scripts, which are no digits, and printed digits, which are.

They are drawn from the fonts that matplotlib brings, in any weight and slant, so that the network learns what shapes
writing takes beside the ten digits. What a person may take for a digit (O, l, S, Cyrillic З, …) is left out.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from matplotlib.ft2font import FT2Font
from PIL import ImageFont

from model.ink.normalise import NOT_A_DIGIT, SIDE, bounding_box, place, to_picture

FAMILIES = {
    "DejaVuSans": ("", "-Bold", "-Oblique", "-BoldOblique"),
    "DejaVuSerif": ("", "-Bold", "-Italic", "-BoldItalic"),
    "DejaVuSansMono": ("", "-Bold"),
    "STIXGeneral": ("", "Bol", "Italic", "BolIta"),
}
FONTS = tuple(family + style for family, styles in FAMILIES.items() for style in styles)
SCRIPTS = {"ARMENIAN", "ARABIC", "CANADIAN", "CYRILLIC", "GEORGIAN", "GREEK", "HEBREW", "LAO", "LATIN", "LISU", "NKO"}
SCRIPTS |= {"OGHAM", "OLD", "TIFINAGH"}
SIGNS = ((0x21, 0x100), (0x2020, 0x2060), (0x20A0, 0x2300), (0x25A0, 0x2670))  # punctuation to chess, first and end
# What may be a digit to a person, in the order of Unicode.
LOOKALIKES = (
    "!',/IOSZ\\bgiloqsyz|¦°ıƖƧƨƪƷƼƽǀǁǃȜȝȢɂɅɘɜɡɥɩʃʅʇʌʒʖΖΙΛΟδιλοςσγϛϟЅІБЗОЧЬбзоучьѕ"
    "іѺѻҁӀӋӌӏӠӡԆԛԳԶԿүՁՂՅՎՏՑՕգդզլկղճշչվցօויךלןףרװاهوٯەߊߋߍߕߗߞߟߣຂງຣອຯາໃႡႢႤႨႩႯႱႷႸႽ"
    "ჂჃაბგევზკნპსყწხჳჷᐟᐠᐤᐰᐱᐲᐼᐽᐾᑊᑫᑲᑳᑴᑵᑾᑿᒀᒁᒂᒃᒅᒉᒒᒓᒣᒭᓓᔆᔐᔘᔦᔭᔰᔾᕊᕋᕐᕒᕴᖊᖍᖧᖯᙆᴈᴉᴏᴑᴟᴢᴣᴧᵷẟ"
    "′‸⁄⁊℥℩℺⅂⅄∅∕∖∘∣∥∧∫≀⊘⊰⋀⋏▮▯○◜◟◦◯☡♭ⴁⴄⴈⴗⴘⴝⴣⴰⴵⴷⵁⵏⵑⵔⵚꓜꓢꓥꓲꓳꓶꙄꙅꙆꙇꜢꜣꜱꝇꞀꞁꞋꞌꞍꟼꟾ𐌆𐌉𐌚𐌜"
)
HEIGHT = 56  # of a font, in pixels, as drawn
ENGLISH = 0.4  # share of the characters that are unaccented Latin letters
DIGITS = 0.2  # share of the characters that are digits
PAIRS = 0.12  # share of the samples that are two characters touching, or nearly


def printed_batch(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(N, 28, 28) uint8 pictures in MNIST's convention and their labels (N,) int64, 0 to 9 or NOT_A_DIGIT."""
    pictures, labels = np.zeros((count, SIDE, SIDE), np.uint8), np.full(count, NOT_A_DIGIT)
    for number in range(count):
        if rng.random() < PAIRS:
            left, right = (mask_of(*any_character(rng, "other")) for _ in range(2))
            ink = _beside(left, right, int(rng.integers(-4, 4)))
        elif rng.random() < DIGITS:
            labels[number] = rng.integers(10)
            ink = mask_of(*any_character(rng, str(labels[number])))
        else:
            ink = mask_of(*any_character(rng, "other"))
        ink = _written(ink, rng)
        pictures[number] = to_picture(ink) if rng.random() < 0.7 else _as_it_is(ink)
    return pictures, labels


def characters(font: str = "DejaVuSans") -> list[str]:
    """The letters and signs of a font that are no digits and look like none."""
    return [chr(code) for code in sorted(FT2Font(str(_path(font))).get_charmap()) if _is_other(chr(code))]


def _is_other(character: str) -> bool:
    name, kind = unicodedata.name(character, ""), unicodedata.category(character)
    if not name or character in LOOKALIKES or " WITH " in name or unicodedata.normalize("NFKD", character) != character:
        return False
    if kind in ("Lu", "Ll", "Lo"):
        return name.split()[0] in SCRIPTS
    return kind in ("Sm", "Sc", "Po", "So") and any(first <= ord(character) < end for first, end in SIGNS)


def _path(font: str) -> Path:
    return Path(matplotlib.get_data_path(), "fonts", "ttf", f"{font}.ttf")


@cache
def _known() -> dict[str, list[tuple[str, str]]]:
    """Fonts and characters: "english" letters, "other" ones, and each digit."""
    found: dict[str, list[tuple[str, str]]] = {"english": [], "other": []}
    found |= {str(digit): [(font, str(digit)) for font in FONTS] for digit in range(10)}
    for font in FONTS:
        for character in characters(font):
            found["english" if character.isascii() and character.isalpha() else "other"].append((font, character))
    return found


def any_character(rng: np.random.Generator, kind: str) -> tuple[str, str]:
    """A font and a character of one kind."""
    if kind == "other" and rng.random() < ENGLISH:
        kind = "english"
    known = _known()[kind]
    return known[rng.integers(len(known))]


@cache
def mask_of(font: str, character: str) -> np.ndarray:
    """(h, w) uint8 ink of a character, cropped; a dot where the font draws nothing."""
    mask = font_of(font).getmask(character)
    ink = np.asarray(mask, np.uint8).reshape(mask.size[::-1])
    box = bounding_box(ink / np.float32(255))
    if box is None:
        return np.full((3, 3), 255, np.uint8)
    left, top, right, bottom = box
    return ink[top:bottom, left:right]


@cache
def font_of(name: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_path(name)), HEIGHT)


def _beside(left: np.ndarray, right: np.ndarray, gap: int) -> np.ndarray:
    """Both characters on one line, `gap` pixels apart; below 0 they overlap."""
    height, width = max(len(left), len(right)), max(left.shape[1] + gap, 0) + right.shape[1]
    both = np.zeros((height, max(width, left.shape[1])), np.uint8)
    both[height - len(left) :, : left.shape[1]] = left
    start = max(left.shape[1] + gap, 0)
    part = both[height - len(right) :, start : start + right.shape[1]]
    np.maximum(part, right, out=part)
    return both


def _written(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(H, W) float32 ink of a character squeezed, slanted, turned, and drawn fatter or leaner with rounded corners."""
    height, width = mask.shape
    wide, high = np.exp(rng.normal(0, 0.15, 2))
    angle, slant = rng.normal(0, 0.08), rng.normal(0.05, 0.15)
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[wide, -slant * high], [0, high]])
    corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height]])
    low, size = corners.min(axis=1), np.ptp(corners, axis=1)
    frame = 8
    shift = frame - low
    canvas = (int(size[0]) + 2 * frame, int(size[1]) + 2 * frame)
    ink = cv2.warpAffine(mask, np.column_stack([matrix, shift]), canvas, flags=cv2.INTER_LINEAR) / np.float32(255)
    blur = rng.uniform(0.6, 2.2)
    soft = cv2.GaussianBlur(ink, (0, 0), blur)
    drawn = np.clip((soft - rng.uniform(0.3, 0.6)) * 2 * blur + 0.5, 0, 1)
    return drawn if drawn.max() >= 0.5 else ink  # a hairline does not vanish


def _as_it_is(ink: np.ndarray) -> np.ndarray:
    """(28, 28) uint8 picture of the ink with the stroke width that it has."""
    left, top, right, bottom = bounding_box(ink) or (0, 0, *ink.shape[::-1])
    return place(ink[top:bottom, left:right])
