"""Photo or scan -> ink: what was written on the paper, whatever the light, the paper and the pen.

The paper's brightness is estimated everywhere by a grey-level closing, which keeps the edges of shadows; ink is what
is darker than that paper by more than the noise. Its darkness is then divided by the local ink's own, so that pencil
and marker both come out as 0 to 1 with 0.5 on the stroke's border (a local threshold in the manner of Sauvola and
Pietikäinen, "Adaptive document image binarization", 2000). Long ruled lines are taken out of the ink; strokes that
cross them stay whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from model.ink import canvas
from model.ink.ruling import without_lines


@dataclass(frozen=True)
class Paper:
    """What paper and ink look like on a photo, whatever the light."""

    largest: int = 2000  # pixels: longer sides are scaled down to this before anything else
    smallest: int = 200  # pixels: shorter pictures are scaled up
    coarse: int = 480  # pixels: the longest side at which the paper's brightness is estimated
    page_window: float = 0.15  # of the longest side: no stroke on a page is wider than this
    crop_window: float = 0.3  # the same in a picture of one or a few digits
    crop: int = 500  # pixels: up to this side a picture is taken for one of a few digits
    alike: float = 2.0  # times: tones that differ less in depth are told apart by the picture's corners
    light_window: float = 0.6  # of the longest side, over which the light is taken to be even when polarity is told
    light_grid: int = 60  # points along the longest side from which the fall of the light is told
    faintest: float = 0.07  # share of the paper's brightness: less contrast is never ink
    noise_factor: float = 6.5  # standard deviations of the paper's noise that ink exceeds
    roughest: float = 0.12  # share of the paper's brightness: a surface with more noise is no paper
    table: float = 0.45  # of the sheet's brightness: what is darker at the picture's border is the table
    table_edge: float = 0.5  # the same right beside the sheet's edge: light that falls off, or a shadow, is no table
    darkest: float = 0.99  # share of the ink that is less dark than the darkest writing, of which there may be little
    faint_ink: float = 0.25  # of the darkest writing: what is fainter shines through from the other side or is ruled


PAPER = Paper()


def is_crop(shape: tuple[int, ...]) -> bool:
    """Whether a picture of that shape is taken for one of one or a few digits, cut out near them."""
    return max(shape) <= PAPER.crop


def photo_ink(image: Any) -> tuple[np.ndarray, float]:
    """(h, w) float32 ink of a photo, and the factor by which the picture was scaled: ink pixels per picture pixel.

    Raises ValueError as canvas.as_grey.
    """
    grey, scale = working_grey(image)
    return ink_of(grey), scale


def working_grey(image: Any) -> tuple[np.ndarray, float]:
    """(h, w) uint8 grey picture at the size at which it is read, and the factor by which it was scaled.

    Raises ValueError as canvas.as_grey.
    """
    return _working_size(_grey(image))


def ink_of(grey: np.ndarray, boldly: bool = False) -> np.ndarray:
    """(h, w) float32 ink of a picture of `working_grey`. boldly: whether what only may be a line is left out too."""
    window = PAPER.crop_window if is_crop(grey.shape) else PAPER.page_window
    darkness = _darkness(grey if _ink_is_dark(grey) else 255 - grey, window)
    smooth, floor = _above_noise(darkness)
    if not np.isfinite(floor):
        return np.zeros(grey.shape, np.float32)
    tone = _local_tone(smooth, floor)
    ink = without_lines(_ink(smooth, tone, floor), smooth, 0.8 * floor, boldly)
    return _without_faint(ink, tone)


def _grey(image: Any) -> np.ndarray:
    """(H, W) uint8: half brightness, half the darkest channel, in which a yellow pen is as dark as a black one."""
    pixels = canvas.as_pixels(image)
    grey = canvas.as_grey(pixels)
    if pixels.ndim < 3 or pixels.shape[2] != 3:
        return grey
    return cv2.addWeighted(grey, 0.5, pixels.min(axis=2), 0.5, 0)


def _working_size(grey: np.ndarray) -> tuple[np.ndarray, float]:
    longest = max(grey.shape)
    scale = PAPER.largest / longest if longest > PAPER.largest else max(1.0, min(PAPER.smallest / longest, 8.0))
    return _scaled(grey, scale, cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), scale


def _scaled(grey: np.ndarray, scale: float, how: int = cv2.INTER_AREA) -> np.ndarray:
    if scale == 1.0:
        return grey
    height, width = (max(1, round(side * scale)) for side in grey.shape)
    return cv2.resize(grey, (width, height), interpolation=how)


def _ink_is_dark(grey: np.ndarray) -> bool:
    """Whether the ink is darker than the paper: of the two tones, ink is the one that is thin everywhere.

    Both tones go on beyond the picture's border as they meet it, so paper is thick there, and a frame is thin.
    """
    coarse = _scaled(grey, min(1.0, PAPER.coarse / max(grey.shape))).astype(np.float32)
    coarse -= _light(coarse)
    window = max(3, round(PAPER.light_window * max(coarse.shape))) | 1
    local = coarse - cv2.blur(coarse, (window, window))
    if np.ptp(cv2.blur(local, (3, 3))) < PAPER.faintest * 255:
        return True  # an empty sheet: noise has no polarity
    offset = cv2.normalize(local, np.empty_like(local), 0, 255, cv2.NORM_MINMAX)
    _, light = cv2.threshold(offset.astype(np.uint8), 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    deeper = _depth(1 - light) / max(_depth(light), 1e-6)
    border = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]]).mean()
    corners = light[[0, 0, -1, -1], [0, -1, 0, -1]].mean()
    if 1 / PAPER.alike < deeper < PAPER.alike and corners in (0, 1) and 0.1 < border < 0.9:
        return bool(corners)  # a stroke so thick that it fills the picture leaves the corners
    return bool(deeper <= 1)


def _depth(mask: np.ndarray) -> float:
    """Mean distance in pixels of a uint8 mask's pixels to what is outside it, the picture's border left out."""
    margin = max(mask.shape) // 8
    framed = cv2.copyMakeBorder(mask, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[margin : -margin or None, margin : -margin or None]
    return float(cv2.mean(distance, mask)[0])


def _light(grey: np.ndarray) -> np.ndarray:
    """(H, W) float32: how bright bare paper is across a picture, or how dark a board, whatever is written on it.

    Light that falls off towards the corners is a quadratic surface, fitted to the 70% of the pixels that lie nearest to
    it. It counts where it is nearer to most pixels than one brightness is, by their median distance (Rousseeuw, "Least
    median of squares regression", 1984): a thick digit draws a surface to itself.
    """
    step = max(1, max(grey.shape) // PAPER.light_grid)
    values = np.ascontiguousarray(grey[::step, ::step])
    height, width = values.shape
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2).astype(np.float32)
    near = np.ones_like(values, bool)
    for _ in range(3):
        _, surface = cv2.solve(terms[near], values[near][:, None], flags=cv2.DECOMP_NORMAL)
        light = (terms @ surface)[..., 0]
        distance = np.abs(values - light)
        near = distance <= np.quantile(distance, 0.7)
    one = float(np.median(values))
    if np.median(distance) >= np.median(np.abs(values - one)):
        return np.full_like(grey, one)
    return cv2.resize(light, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _darkness(grey: np.ndarray, share: float) -> np.ndarray:
    """(H, W) float32: share of the paper's light that is missing, about 0 on bare paper, towards 1 on black ink."""
    coarse = cv2.medianBlur(_scaled(grey, min(1.0, PAPER.coarse / max(grey.shape))), 3)
    window = max(3, round(share * max(coarse.shape))) | 1
    framed = _continued(coarse, min(window, min(coarse.shape) - 1))
    paper = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8))
    paper = cv2.erode(paper, np.ones((3, 3), np.uint8))
    margin = (framed.shape[0] - coarse.shape[0]) // 2
    paper = paper[margin : margin + coarse.shape[0], margin : margin + coarse.shape[1]]
    around = np.zeros_like(paper) if is_crop(grey.shape) else _table(paper)
    table = cv2.resize(around, grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
    paper = np.maximum(cv2.resize(paper, grey.shape[::-1], interpolation=cv2.INTER_LINEAR), 24)
    darkness = 1 - cv2.divide(grey, paper, dtype=cv2.CV_32F)
    darkness[table > 0] = 0
    return darkness


def _table(paper: np.ndarray) -> np.ndarray:
    """uint8 mask of what lies around the sheet: much darker, at the picture's border, beyond an abrupt edge.

    paper: (h, w) uint8 brightness of the ground.
    """
    sheet = float(np.percentile(paper, 80))
    dark = (paper < PAPER.table * sheet).view(np.uint8)
    share = float(dark.mean())
    if not 0.01 < share < 0.6:
        return np.zeros_like(dark)
    _, labels = cv2.connectedComponents(dark)
    at_border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    around = np.isin(labels, at_border[at_border > 0]).view(np.uint8)
    beyond = cv2.dilate(around, np.ones((9, 9), np.uint8))
    inner: np.ndarray = cv2.erode(around, np.ones((9, 9), np.uint8))
    edge, within = paper[(beyond > 0) & (around == 0)], around & ~inner
    if not edge.size or np.median(paper[within > 0]) > PAPER.table_edge * np.median(edge):
        return np.zeros_like(dark)  # light that falls off, or a deep shadow
    return beyond


def _continued(grey: np.ndarray, margin: int) -> np.ndarray:
    """The picture with a frame that goes on as its border does: mirrored about the border's own grey.

    Light that falls off towards the border goes on falling, so that the closing does not take it for ink.
    """
    if margin < 1:
        return grey
    mirrored = cv2.copyMakeBorder(grey, margin, margin, margin, margin, cv2.BORDER_REFLECT).astype(np.int16)
    edge = cv2.copyMakeBorder(grey, margin, margin, margin, margin, cv2.BORDER_REPLICATE).astype(np.int16)
    return np.clip(np.where(mirrored > edge, 2 * edge - mirrored, edge), 0, 255).astype(np.uint8)


def _above_noise(darkness: np.ndarray) -> tuple[np.ndarray, float]:
    """Darkness, smoothed and counted from the paper's own, and the floor above which it is ink and no noise."""
    smooth = cv2.GaussianBlur(darkness, (0, 0), 0.8)
    # The lower part of the values is paper alone, however much ink there is: in a Gaussian, 0.95 standard deviations
    # lie between these quantiles when a seventh of the picture is ink.
    low, high = np.quantile(smooth[::3, ::3], [0.1, 0.35])
    noise = float(high - low) / 0.95
    floor = max(PAPER.faintest, PAPER.noise_factor * noise) if noise <= PAPER.roughest else np.inf
    return smooth - np.float32(high + 0.2 * noise), floor


def _ink(darkness: np.ndarray, tone: np.ndarray, floor: float) -> np.ndarray:
    """(H, W) float32 ink from darkness: what stands out from the paper, each stroke at its own full tone."""
    ink = np.clip(darkness / tone, 0, 1)
    ink[darkness < 0.5 * floor] = 0
    return ink


def _without_faint(ink: np.ndarray, tone: np.ndarray) -> np.ndarray:
    """Ink (H, W) float32 without what is much fainter than the page's darkest writing. tone: (H, W) darkness."""
    core = tone[ink > 0.7]
    if core.size:
        ink[tone < PAPER.faint_ink * float(np.quantile(core, PAPER.darkest))] = 0
    return ink


def _local_tone(darkness: np.ndarray, floor: float) -> np.ndarray:
    """(H, W) darkness of full ink around each pixel: the mean of the ink nearby, the darkest weighted most."""
    strong = np.where(darkness > 0.6 * floor, darkness, 0)
    cube = strong**3
    side = max(5, round(max(darkness.shape) / 60)) | 1
    tone = cv2.boxFilter(cube * strong, -1, (side, side)) / np.maximum(cv2.boxFilter(cube, -1, (side, side)), 1e-9)
    return np.maximum(tone, floor)
