"""Grey picture -> what the page network is shown: local contrast, whatever the paper's tone and the light."""

from __future__ import annotations

import cv2
import numpy as np

CHANNELS = 2
WINDOW = 81  # pixels: larger than the digits that the network finds, which are up to 56 pixels high
FAINTEST = 0.025  # of white: where the standard deviation is lower than this, noise is not blown up to full contrast
STRONGEST = 4.0  # standard deviations, and in the second channel quarters of white


def contrast(grey: np.ndarray) -> np.ndarray:
    """(H, W) uint8 -> (CHANNELS, H, W) float32, both in [-STRONGEST, STRONGEST].

    First the difference to the mean of the WINDOW around each pixel in standard deviations of that window, which is
    the same for pencil and marker; then that difference in quarters of white, which tells them apart.
    """
    border = cv2.BORDER_REFLECT_101 if min(grey.shape) > WINDOW // 2 else cv2.BORDER_REPLICATE
    light = grey.astype(np.float32) / np.float32(255)
    difference = light - cv2.boxFilter(light, -1, (WINDOW, WINDOW), borderType=border)
    variance = cv2.boxFilter(difference * difference, -1, (WINDOW, WINDOW), borderType=border)
    relative = difference / (np.sqrt(np.maximum(variance, 0)) + np.float32(FAINTEST))
    return np.clip(np.stack([relative, 4 * difference]), -STRONGEST, STRONGEST)
