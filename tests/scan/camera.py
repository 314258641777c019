"""A phone's camera, simulated: what it sees of a screen from somewhere in the room, on a bad day.

A screenshot is put into linear light, seen in perspective through a pinhole, averaged over the sensor's pixels,
blurred, lit, made noisy, and written as a JPEG. Everything that is drawn by lot comes from the seed, so that two
drawings of one symbol are seen from the same places under the same light.
"""

import math
import zlib

import cv2
import numpy as np

# The square in the viewfinder that the picture is taken from, in camera pixels.
SIDE = 560

# The focal length, in sides: a field of view of 45 degrees, as the main camera of a phone.
FOCUS = 1.2

# What goes wrong. `pixels`: camera pixels that a column of the terminal covers, which is the distance; `turn` and
# `tilt`: degrees at most; `soft`: blur in camera pixels; `defocus` and `shake`: blur in columns.
FAMILIES = {
    "near": dict(pixels=(5, 8), turn=15, tilt=(0, 12), soft=(0.3, 0.8), noise=2),
    "far": dict(pixels=(1.8, 3.4), turn=8, tilt=(0, 8), soft=(0.3, 0.6), noise=2.5),
    "tilted": dict(pixels=(4, 7), turn=15, tilt=(30, 55), soft=(0.3, 0.8), noise=2.5),
    "turned": dict(pixels=(4, 7), turn=180, tilt=(0, 12), soft=(0.3, 0.8), noise=2.5),
    "blurred": dict(pixels=(4, 6), turn=10, tilt=(0, 10), defocus=(0.2, 0.55), shake=(0, 0.8), noise=2.5),
    "dim": dict(pixels=(4, 6), turn=10, tilt=(0, 10), soft=(0.5, 1.0), noise=8, exposure=(0.08, 0.25)),
    "glare": dict(pixels=(4, 6), turn=10, tilt=(0, 15), soft=(0.3, 0.9), noise=3, reflection=(0.3, 0.9)),
    "grid": dict(pixels=(2.4, 6), turn=10, tilt=(0, 15), soft=(0.3, 0.6), noise=2.5, panel=True),
}


def photograph(screen, column, middle, side, family, seed):
    """A grey picture of `screen`, pointed at `middle`.

    `column` is the width of a terminal column in screen pixels, and `side` the symbol's with its quiet zone.
    """
    kind = FAMILIES[family]
    lot = np.random.default_rng([seed, zlib.crc32(family.encode())])
    pixels = lot.uniform(*kind["pixels"])
    # Nobody holds the phone so near that the symbol leaves the viewfinder, nor its nearer edge when tilted.
    scale = min(pixels / column, 0.6 * SIDE / side)
    pixels = scale * column

    light = (screen.astype(np.float32) / 255.0) ** 2.2
    room = (lot.uniform(40, 120) / 255.0) ** 2.2 * 0.6
    view = _perspective(lot, kind, scale, middle)
    seen = _through_the_lens(light, room, view, scale, kind)
    if "defocus" in kind:
        seen = cv2.GaussianBlur(seen, (0, 0), max(0.3, lot.uniform(*kind["defocus"]) * pixels))
        seen = _shaken(lot, seen, int(round(lot.uniform(*kind["shake"]) * pixels)))
    else:
        seen = cv2.GaussianBlur(seen, (0, 0), lot.uniform(*kind["soft"]))
    if "reflection" in kind:
        seen = _reflecting(lot, seen, lot.uniform(*kind["reflection"]))

    exposure = lot.uniform(*kind.get("exposure", (0.8, 1.1)))
    grey = np.clip(seen * exposure, 0, 1) ** (1 / 2.2) * 255.0
    coarse = lot.normal(0, kind["noise"] * 0.6, (SIDE // 2, SIDE // 2)).repeat(2, 0).repeat(2, 1)
    grey = np.clip(grey + lot.normal(0, kind["noise"], grey.shape) + coarse, 0, 255).astype(np.uint8)
    quality = int(lot.uniform(60, 92))
    return cv2.imdecode(cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)


def _perspective(lot, kind, scale, middle):
    """From screen to camera pixels: turned, then tilted about any axis, a little off the middle."""
    turn = math.radians(lot.uniform(-kind["turn"], kind["turn"]))
    tilt = math.radians(lot.uniform(*kind["tilt"]))
    axis = lot.uniform(0, 2 * math.pi)
    off_x, off_y = lot.uniform(-0.04, 0.04, 2) * SIDE
    focus = FOCUS * SIDE

    # Rodrigues' formula, for an axis that lies in the screen.
    x, y = math.cos(axis), math.sin(axis)
    cross = np.array([[0, 0, y], [0, 0, -x], [-y, x, 0.0]])
    tilted = np.eye(3) + math.sin(tilt) * cross + (1 - math.cos(tilt)) * cross @ cross
    turned = np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    rotation = tilted @ turned

    lens = np.array([[focus, 0, SIDE / 2 + off_x], [0, focus, SIDE / 2 + off_y], [0, 0, 1.0]])
    plane = np.column_stack([rotation[:, 0], rotation[:, 1], np.array([0, 0, focus / scale])])
    centred = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1.0]])
    return lens @ plane @ centred


def _through_the_lens(light, room, view, scale, kind):
    """What falls on the sensor, with the wall around the screen as bright as `room`."""
    finer = 3 if scale < 1 else 2  # Looked at more finely than the sensor can, then averaged.
    if kind.get("panel"):
        # Each pixel of the screen has a darker edge: the grid that gives a moire.
        parts = 4
        edge = np.ones((parts, parts), np.float32)
        edge[-1, :] = edge[:, -1] = 0.55
        light = light.repeat(parts, 0).repeat(parts, 1) * np.tile(edge, light.shape)
        view = view @ np.diag([1 / parts, 1 / parts, 1.0])
        scale = scale / parts
        if scale * finer < 0.7:  # Weak on purpose: a lens does not remove all of the moire either.
            light = cv2.GaussianBlur(light, (0, 0), 0.175 / max(scale * finer, 0.2))
    elif scale * finer < 0.8:
        light = cv2.GaussianBlur(light, (0, 0), 0.35 / (scale * finer))
    enlarge = np.array([[finer, 0, (finer - 1) / 2], [0, finer, (finer - 1) / 2], [0, 0, 1.0]])
    large = cv2.warpPerspective(
        light,
        enlarge @ view,
        (SIDE * finer, SIDE * finer),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=float(room),
    )
    return cv2.resize(large, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def _shaken(lot, seen, length):
    """The hand moved by `length` pixels in a straight line while the shutter was open."""
    direction = lot.uniform(0, 180)
    if length < 2:
        return seen
    path = np.zeros((length, length), np.float32)
    path[length // 2, :] = 1
    middle = length / 2 - 0.5
    path = cv2.warpAffine(path, cv2.getRotationMatrix2D((middle, middle), direction, 1), (length, length))
    return cv2.filter2D(seen, -1, path / max(path.sum(), 1e-6))


def _reflecting(lot, seen, strength):
    """A window behind the phone: black is lifted on one side, and a lamp shines somewhere."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE
    from_where = lot.uniform(0, 2 * math.pi)
    window = 0.5 + 0.7 * ((x - 0.5) * math.cos(from_where) + (y - 0.5) * math.sin(from_where))
    lamp_x, lamp_y, lamp = lot.uniform(0.25, 0.75), lot.uniform(0.25, 0.75), lot.uniform(0.05, 0.12)
    spot = np.exp(-((x - lamp_x) ** 2 + (y - lamp_y) ** 2) / (2 * lamp * lamp))
    return (seen + strength * window + lot.uniform(0.2, 0.7) * spot) / (1 + strength)
