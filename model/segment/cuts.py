"""Cuts through touching digits: the paths from top to bottom that go through the least ink."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from model.segment.components import Piece, Wall, bar_width


@dataclass(frozen=True)
class Seams:
    """Where touching digits may be cut."""

    height: int = 48  # rows at which a path between touching digits is looked for
    slant: float = 0.05  # of a pixel of ink that a step aside costs
    ink: float = 2.0  # stroke widths of ink that a cut goes through at most
    distance: float = 0.16  # of the height between two cuts, and between a cut and the end
    wall: float = 1.6  # stroke widths from a cut within which ink may be a stroke of both sides


SEAMS = Seams()


def divide(labels: np.ndarray, piece: Piece, size: float, wide: float, fresh: int) -> list[Piece]:
    """Cut a piece of at least `wide` times its height along the paths through the least ink: touching digits.

    The parts get labels from `fresh` on in the label picture, which is changed.
    """
    left, top, right, bottom = piece.box
    width, height = right - left, bottom - top
    if piece.fragment or width < wide * max(height, 0.8 * size):
        return [piece]
    crop = labels[top:bottom, left:right]
    own = np.isin(crop, piece.labels)
    found = seams(own)
    if not found:
        return [piece]
    side = sum((np.arange(width) >= path[:, None]).astype(np.int32) for path, _ in found)
    parts: list[Piece] = []
    for number in range(len(found) + 1):
        mask = own & (side == number)
        x, y, across, down = cv2.boundingRect(mask.view(np.uint8))
        if not across:
            continue
        crop[mask] = fresh + number
        box = (left + x, top + y, left + x + across, top + y + down)
        path, ink = found[number - 1]
        if parts:
            parts.append(Piece(box, (fresh + number,), False, ink, _walls(own, path, left, top)))
        else:
            parts.append(Piece(box, (fresh + number,), False))
    return parts


def _walls(own: np.ndarray, path: np.ndarray, left: int, top: int) -> tuple[Wall | None, Wall | None]:
    """Strokes of a piece (h, w) bool along a cut through it, at its left and at its right. path: (h,) columns."""
    distance = cv2.distanceTransform(own.view(np.uint8), cv2.DIST_L2, 3)
    reach = SEAMS.wall * bar_width(float(distance[own].mean()))
    aside = np.arange(own.shape[1]) - path[:, None]
    found: list[Wall | None] = []
    for near in ((aside < 0) & (aside >= -reach), (aside >= 0) & (aside < reach)):
        mask = own & near
        x, y, across, down = cv2.boundingRect(mask.view(np.uint8))
        box = (left + x, top + y, left + x + across, top + y + down)
        found.append((box, mask[y : y + down, x : x + across]) if across else None)
    return found[0], found[1]


def seams(mask: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Paths from top to bottom of a boolean (h, w) mask that go through little ink, from the left.

    Each is (h,) float column positions and the stroke widths of ink that it goes through. Found by dynamic
    programming row by row, a step of at most one column aside (Avidan and Shamir, "Seam carving", 2007).
    """
    height, width = mask.shape
    scale = SEAMS.height / height
    columns = max(4, round(width * scale))
    small = cv2.resize(mask.astype(np.float32), (columns, SEAMS.height), interpolation=cv2.INTER_AREA)
    distance = cv2.distanceTransform((small > 0.5).view(np.uint8), cv2.DIST_L2, 3)
    stroke = max(1.0, bar_width(float(distance[distance > 0].mean()))) if distance.any() else 1.0
    total, came = _paths(small)
    found: list[tuple[float, np.ndarray]] = []
    room = SEAMS.distance * SEAMS.height
    for column in np.argsort(total, kind="stable"):
        if total[column] > SEAMS.ink * stroke + 1:
            break
        path = _back(came, int(column))
        middle = path.mean()
        if room < middle < columns - room and all(abs(middle - other.mean()) > room for _, other in found):
            found.append((float(total[column]) / stroke, path))
    found.sort(key=lambda item: item[1].mean())
    rows = (np.arange(height) + 0.5) * scale - 0.5
    result, last = [], np.zeros(height)
    for ink, path in found:
        last = np.maximum(last, np.interp(rows, np.arange(SEAMS.height), path + 0.5) / scale)
        result.append((last, ink))
    return result


def _paths(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ink on the best path to each column of the last row, and for each pixel the step by which the path came."""
    total = ink[0].copy()
    came = np.zeros(ink.shape, np.int8)
    for row in range(1, len(ink)):
        framed = np.pad(total, 1, constant_values=np.inf)
        options = np.stack([framed[1:-1], framed[:-2] + SEAMS.slant, framed[2:] + SEAMS.slant])
        best = options.argmin(axis=0)
        came[row] = np.array([0, -1, 1], np.int8)[best]
        total = options.min(axis=0) + ink[row]
    return total, came


def _back(came: np.ndarray, column: int) -> np.ndarray:
    path = np.zeros(len(came))
    for row in range(len(came) - 1, -1, -1):
        path[row] = column
        column += int(came[row, column])
    return path
