"""DigitReader: a picture in, plain values out. The only thing that the page and other programs talk to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from model import checkpoint
from model.card import Card
from model.ink import canvas, normalise, photo
from model.inside import Inside, InsideView
from model.layers import fused
from model.marks import Chosen, Seen, evidence_of
from model.network import CLASSES
from model.page.detect import PageFinder
from model.page.evidence import supported
from model.page.network import PAGE
from model.reading import Reading
from model.segment.candidates import Candidate, twins
from model.segment.decode import choose, unsettled
from model.segment.propose import TOUCHING, propose_drawing, propose_photo
from model.segment.rows import slope_of
from model.segment.strokes import Layer
from model.strings.evidence import several
from model.strings.evidence import supported as supported_as_strings
from model.strings.network import STRINGS
from model.strings.reading import StringReader

ASSETS = Path(__file__).resolve().parent.parent / "assets"
PHOTO_THRESHOLD = 0.5  # is_digit: most of what lies about in a photo is no digit, unlike what is drawn on the pad
BATCH = 128  # pictures in one pass of the network: their activations stay in the cache, a third faster than 512


@dataclass(frozen=True)
class Again:
    """When a photo is read a second time: turned, or without the lines around its digits. Trust is Chosen.trust."""

    steep: int = 15  # degrees: rows that slope more are also read turned back, and the surer reading counts
    few: int = 3  # marks from which the slope of a page is judged
    many: int = 5  # marks from which a page is looked at in all four directions
    upright: float = 0.75  # mean score of a page's marks: it lies upright from there on, and may lie askew below it
    probed: int = 48  # marks of a page that are looked at in all four directions
    unread: float = 0.5  # trust in a crop: below it, its digits may touch the lines around them


AGAIN = Again()


class DigitReader:
    """Reads digits in drawings and photos. Deterministic, thread-safe, no state between calls."""

    def __init__(
        self,
        net: torch.nn.Module,
        card: Card,
        finder: PageFinder | None = None,
        strings: StringReader | None = None,
    ) -> None:
        """finder: what finds digits on whole pages, evidence for photos; without one a photo's marks stand alone.
        strings: what looks at digits that touch.
        """
        self._net = fused(net).requires_grad_(False).to(memory_format=torch.channels_last)
        self._finder, self._strings = finder, strings
        self.card = card
        self.temperature = card.temperature
        self.threshold = card.threshold

    @classmethod
    def load(cls, folder: str | Path = ASSETS) -> DigitReader:
        """The reader of a folder with weights.safetensors and card.json; the shipped one without. Photos are read with
        the shipped page network in either case.

        Sets torch to one thread: a picture is too little work for two, and on a busy machine they wait for each other.
        Raises ValueError when the files are missing, damaged or of another network.
        """
        torch.set_num_threads(1)
        return cls(*checkpoint.load(folder), PageFinder(PAGE.load(ASSETS)[0]), StringReader(STRINGS.load(ASSETS)[0]))

    def score(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, 28, 28) uint8 -> calibrated probabilities (N, 10) float32 and is_digit (N,) float32."""
        logits = self._logits(np.asarray(pictures).astype(np.float32) / 255)
        classes = torch.softmax(logits[:, :CLASSES].double() / self.temperature, dim=1)
        is_digit = torch.sigmoid(logits[:, CLASSES]) if logits.shape[1] > CLASSES else classes.amax(dim=1)
        return classes.float().numpy(), is_digit.float().numpy()

    def _logits(self, ink: np.ndarray) -> torch.Tensor:
        """(N, 28, 28) float32 -> (N, 10 or 11), in passes of 1, 2, 4, … BATCH pictures, filled up with paper: oneDNN
        keeps megabytes for each size that it meets, so any size would let the memory grow without end."""
        batch = torch.from_numpy(ink)[:, None]
        parts = []
        with torch.inference_mode():
            for part in batch.split(BATCH) if len(batch) else ():
                filled = torch.zeros(1 << (len(part) - 1).bit_length(), *batch.shape[1:])
                filled[: len(part)] = part
                parts.append(self._net(filled.contiguous(memory_format=torch.channels_last))[: len(part)])
        return torch.cat(parts) if parts else torch.zeros(0, CLASSES + 1)

    def classify(self, pictures: np.ndarray) -> np.ndarray:
        """(N, 28, 28) uint8 pictures, ink bright on 0 as in the CSV -> (N, 10) float32, rows sum to 1.

        Raises ValueError for another shape or type.
        """
        array = np.asarray(pictures)
        if array.ndim != 3 or array.shape[1:] != (normalise.SIDE, normalise.SIDE) or array.dtype != np.uint8:
            raise ValueError(
                f"classifying pictures: got {array.dtype} of shape {array.shape}, expected uint8 (N, 28, 28), "
                "ink bright on 0; use read_drawing or read_photo for pictures of another size"
            )
        return self.score(array)[0]

    def read_drawing(self, image: Any, strokes: Sequence[dict[str, Any]] | None = None) -> Reading:
        """Read the pad: even paper, ink of any tone or colour, one digit or several.

        strokes: where they are known, the strokes of the picture in the order drawn, in its pixels, as
        canvas.render_strokes takes them. Raises ValueError for no picture.
        """
        drawn = canvas.drawn(image)
        layers = canvas.stroke_layers(strokes or (), drawn)
        bolder = None if layers else partial(propose_drawing, drawn.ink, policy=TOUCHING)
        seen = self._as_written_first(propose_drawing(drawn.ink, layers), bolder)
        return self._chosen(seen, drawn.ink.shape, layers).reading(self.threshold, corner=(drawn.left, drawn.top))

    def read_photo(self, image: Any) -> Reading:
        """Read a photo or scan of handwriting, row by row, in any of the four directions that a page may lie in.

        Raises ValueError for no picture.
        """
        grey, scale = photo.working_grey(image)
        ink = photo.ink_of(grey)
        found, turns = self._page(ink, grey), 0
        if photo.is_crop(ink.shape) and found.trust() < AGAIN.unread:
            less = photo.ink_of(grey, boldly=True)
            other = found if np.array_equal(less, ink) else self._page(less, grey)
            found = max(found, other, key=Chosen.trust) if other.trust() >= AGAIN.unread else found
        if found.trust() < AGAIN.upright and len(found.chosen) >= AGAIN.many:
            turns = self._quarter_turns([c.ink for c in found.seen.candidates if not (c.cut or c.fragment)])
        if turns:
            other = self._page(*(np.ascontiguousarray(np.rot90(picture, -turns)) for picture in (ink, grey)))
            found, turns = (other, turns) if other.trust() > found.trust() else (found, 0)
        return found.reading(max(self.threshold, PHOTO_THRESHOLD), scale, turns, ink.shape)

    def _page(self, ink: np.ndarray, grey: np.ndarray) -> Chosen:
        """What is written on a page, (H, W) float32 ink of a grey picture (H, W) uint8, whose rows may slope."""
        shape = None if photo.is_crop(ink.shape) else ink.shape
        found = self._chosen(self._as_written_first(self._proposed(ink, grey)), shape)
        candidates = found.seen.candidates
        slope = slope_of([candidates[choice.candidate].box for choice in found.chosen])
        if len(found.chosen) < AGAIN.few or abs(slope) < AGAIN.steep:
            return found  # beyond, the writing may slope with its rows, or stand upright
        turned = self._seen([replace(c, ink=normalise.turned(c.ink, slope)) for c in candidates]).weighed()
        return max(found, self._chosen(turned, shape), key=Chosen.trust)

    def _proposed(self, ink: np.ndarray, grey: np.ndarray) -> list[Candidate]:
        """Candidates of a page with what the page network says of them. ink and grey: as _page."""
        candidates = propose_photo(ink)
        marks = [candidate.box for candidate in candidates if not candidate.fragment]
        if self._finder is None or not marks:
            return candidates
        return supported(candidates, self._finder.find(grey, np.array(marks, float)), grey.shape[1])

    def _quarter_turns(self, inks: Sequence[np.ndarray]) -> int:
        """By how many quarter turns clockwise marks look most like digits, judged by some of them; 0 when unsure."""
        some = inks[:: -(-len(inks) // AGAIN.probed)]
        pictures = [normalise.to_picture(np.ascontiguousarray(np.rot90(ink, -k))) for k in range(4) for ink in some]
        probabilities, is_digit = self.score(np.stack(pictures))
        means = (probabilities.max(axis=1) * is_digit).reshape(4, -1).mean(axis=1)
        best = int(means.argmax())
        return best if means[best] >= AGAIN.upright else 0

    def _as_written_first(
        self, candidates: Sequence[Candidate], bolder: Callable[[], Sequence[Candidate]] | None = None
    ) -> Seen:
        """Candidates and what the network makes of them; ink that surely is digits as it was written is not cut.

        bolder: gives candidates with more cuts, for ink that the string network takes for several digits.
        """
        whole = self._seen([candidate for candidate in candidates if not candidate.cut])
        weighed = whole.weighed()
        if len(whole.candidates) == len(candidates) and bolder is None:
            return weighed
        unsure = unsettled(whole.candidates, weighed.probabilities, weighed.is_digit)
        if bolder is not None and self._strings is not None and several(whole.candidates, unsure, self._strings):
            return self._as_written_first(bolder())
        if len(whole.candidates) == len(candidates):
            return weighed
        cuts = self._seen([candidate for candidate in candidates if candidate.cut and candidate.group in unsure])
        both = zip(whole[2:], cuts[2:], strict=True)
        seen = Seen(whole.candidates + cuts.candidates, whole.fine + cuts.fine, *map(np.concatenate, both))
        if self._strings is not None:
            seen = seen._replace(candidates=supported_as_strings(seen.candidates, self._strings))
        return seen.weighed()

    def _seen(self, candidates: Sequence[Candidate]) -> Seen:
        """One network pass over all that may be a digit; a lone one is looked at in both stroke widths at once."""
        same = twins(candidates)
        different = sorted(set(same))
        inks = [candidates[index].ink for index in different]
        fine = [normalise.normalise(ink) for ink in inks]
        drawn = [normalise.as_drawn(ink) for ink in inks] if len(inks) == 1 else []
        looks = [*map(normalise.place, fine), *drawn]
        pictures = np.array(looks, np.uint8).reshape(-1, normalise.SIDE, normalise.SIDE)
        scores, is_digit = self.score(pictures)
        at = np.searchsorted(different, same)
        probabilities = scores[at]
        own_width = scores[[-1] * len(at)] if drawn else np.full_like(probabilities, np.nan)
        return Seen(list(candidates), [fine[k] for k in at], pictures[at], probabilities, is_digit[at], own_width)

    def _chosen(self, seen: Seen, shape: tuple[int, int] | None, layers: Sequence[Layer] = ()) -> Chosen:
        """The scores choose among the readings of one ink. shape, layers: as evidence_of."""
        evidence = partial(evidence_of, seen, shape, layers)
        chosen = choose(seen.candidates, seen.probabilities, seen.is_digit, evidence)
        return Chosen(self._look_again(seen, [choice.candidate for choice in chosen]), chosen)

    def _look_again(self, seen: Seen, chosen: list[int]) -> Seen:
        """The probabilities of what was chosen become the mean of those at the standard stroke width and at its own:
        that reads a tenth fewer drawings wrong than either.

        The own width says nothing of whether something is a digit: there non-digits are told worse.
        """
        own_width = seen.own_width.copy()
        left = [index for index in chosen if np.isnan(own_width[index, 0])]
        if left:
            own_width[left] = self.classify(np.stack([normalise.as_drawn(seen.candidates[k].ink) for k in left]))
        probabilities = seen.probabilities.copy()
        probabilities[chosen] = (probabilities[chosen] + own_width[chosen]) / 2
        return seen._replace(probabilities=probabilities, own_width=own_width)

    def why(self, picture: np.ndarray, label: int, patch: int = 5) -> np.ndarray:
        """(28, 28) float32 heat map in [-1, 1]: what spoke for `label` (above 0) and against it (below 0).

        Occlusion (Zeiler and Fergus 2014): a patch of paper slides over the picture; each pixel gets the mean fall
        of the logit of `label` over the patches that cover it, divided by the largest.
        """
        if picture.shape != (normalise.SIDE, normalise.SIDE) or not 0 <= label < CLASSES:
            raise ValueError(
                f"explaining a reading: got a picture of shape {picture.shape} and label {label}, "
                "expected (28, 28) and 0 to 9"
            )
        starts = np.arange(1 - patch, normalise.SIDE, 2)
        covers = (np.arange(normalise.SIDE) >= starts[:, None]) & (np.arange(normalise.SIDE) < starts[:, None] + patch)
        masks = covers[:, None, :, None] & covers[None, :, None, :]  # (S, S, 28, 28)
        masks = masks.reshape(-1, normalise.SIDE, normalise.SIDE)
        ink = picture.astype(np.float32) / 255
        touched = (masks & (ink > 0.1)).any(axis=(1, 2))
        logits = self._logits(np.concatenate([ink[None], np.where(masks[touched], 0, ink)])).numpy()[:, :CLASSES]
        margins = logits[:, label] - np.log(np.exp(np.delete(logits, label, axis=1)).sum(axis=1))
        fall = np.zeros(len(masks), np.float32)
        fall[touched] = margins[0] - margins[1:]
        heat = np.tensordot(fall, masks.astype(np.float32), axes=1) / masks.sum(axis=0)
        return (heat / max(float(np.abs(heat).max()), 1e-6)).astype(np.float32)

    @cached_property
    def _view(self) -> InsideView:
        return InsideView(self._net)

    def inside(self, picture: np.ndarray) -> Inside:
        """(28, 28) uint8 as the network sees it -> every layer's maps, the scores, and what each place adds to them."""
        return self._view.look(picture)
