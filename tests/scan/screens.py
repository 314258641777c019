"""Pictures of what is really on a screen: the kiosk, or another program, in xterm or on the Linux console."""

import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import subprocess
import tempfile
import time

import cv2
import numpy as np

import decoders
from console import Console, Font

# How long a program may take until its symbol is there; a build without optimisation on a busy machine.
PATIENCE = 40


@dataclasses.dataclass
class Window:
    """An xterm of so many cells."""

    columns: int
    rows: int
    options: tuple
    face: str = "DejaVu Sans Mono:size=12"
    # The width of a column in pixels, in that face.
    column: int = 10


@dataclasses.dataclass
class Shot:
    """A screenshot with a symbol on it, and what a reader should say."""

    grey: np.ndarray
    payload: str
    # The width of a column in pixels.
    column: int
    # Where the middle of the symbol is, and how long its side, without the quiet zone.
    middle: tuple
    side: float


class Display:
    """An X server that nobody sees, with room for 240 x 67 cells, also where lines are far apart."""

    WIDTH, HEIGHT = 2400, 1700

    def __enter__(self):
        read, write = os.pipe()
        geometry = f"{self.WIDTH}x{self.HEIGHT}x24"
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", geometry, "-nolisten", "tcp"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as said:
            self.name = ":" + said.readline().strip()
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait(10)

    @contextlib.contextmanager
    def xterm(self, window, command, environment):
        """A window at the top left corner; gives a function that takes its picture."""
        geometry = f"{window.columns}x{window.rows}+0+0"
        shape = ["-u8", "+sb", "-b", "0", "-bw", "0", "-fa", window.face, "-geometry", geometry]
        variables = [f"{name}={value}" for name, value in environment.items()]
        window = subprocess.Popen(
            ["xterm", *shape, *window.options, "-e", "env", *variables, *command],
            env={**os.environ, "DISPLAY": self.name, "LANG": "C.UTF-8"},
            stderr=subprocess.DEVNULL,
        )
        try:
            yield functools.partial(self.picture, window)
        finally:
            window.terminate()
            window.wait(10)

    def picture(self, window):
        if window.poll() is not None:
            raise SystemExit("the terminal ended by itself")
        png = subprocess.run(
            ["import", "-display", self.name, "-window", "root", "png:-"], capture_output=True, check=True
        )
        return cv2.imdecode(np.frombuffer(png.stdout, np.uint8), cv2.IMREAD_GRAYSCALE)


class Kiosk:
    """The demonstration, with a code that stays."""

    def __init__(self, program, address):
        self.folder = tempfile.TemporaryDirectory(prefix="kiosk-scan-")
        self.program = str(program)
        self.settings = [
            *("--set", f"server.public_url={address}"),
            *("--set", "server.bind=127.0.0.1:0"),
            *("--set", "qr.rotate_seconds=0"),
        ]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def demo(self):
        data = pathlib.Path(self.folder.name) / "data"
        return [self.program, "demo", "--data-dir", str(data), "--arrivals-per-minute", "0", *self.settings]

    def payload(self):
        """What the symbol should say, from another door than the screen."""
        data = pathlib.Path(self.folder.name) / "data"
        told = subprocess.run(
            [self.program, "qr", "--json", "--set", f"kiosk.data_dir={data}", *self.settings],
            capture_output=True,
            check=True,
            text=True,
        )
        scheme, rest = json.loads(told.stdout)["url"].split("://")
        return f"{scheme}://{rest.upper()}"


def in_xterm(display, program, address, window, environment):
    """The kiosk in a window."""
    environment = {"TERM": "xterm-256color", "COLORTERM": "", "NO_COLOR": "", **environment}
    with Kiosk(program, address) as kiosk, display.xterm(window, kiosk.demo(), environment) as picture:
        grey, (middle, side) = until_there(picture, decoders.outline)
        return Shot(grey, kiosk.payload(), window.column, middle, side)


def on_the_console(program, address, columns, rows, font):
    """The kiosk on the console, with a font that has no half blocks."""
    environment = {**os.environ, "TERM": "linux", "COLORTERM": "", "NO_COLOR": "", "LANG": "C.UTF-8"}
    font = Font(font)
    with Kiosk(program, address) as kiosk:
        console = Console(kiosk.demo(), columns, rows, environment)
        try:

            def picture():
                console.read(0.3)
                return console.screen.picture(font)

            grey, (middle, side) = until_there(picture, decoders.outline)
            return Shot(grey, kiosk.payload(), font.width, middle, side)
        finally:
            console.close()


def of_qrencode(display, payload, window):
    """`qrencode -t UTF8` of the same text in such a window. It is drawn from the corner on."""
    drawing = subprocess.run(["qrencode", "-t", "UTF8", payload], capture_output=True, check=True, text=True)
    lines = drawing.stdout.splitlines()
    command = ["sh", "-c", 'qrencode -t UTF8 "$0"; sleep 600', payload]
    with display.xterm(window, command, {"TERM": "xterm-256color"}) as picture:

        def place(grey):
            # The shades are the terminal's own two; the drawing is there once both are.
            if len(np.unique(grey[: len(lines) * window.column])) < 2:
                return None
            quiet = 2 * 2  # qrencode's own, on both sides.
            wide = len(lines[0]) * window.column
            tall = len(lines) * _row_height(window)
            return (wide / 2, tall / 2), wide - quiet * window.column

        grey, (middle, side) = until_there(picture, place)
        return Shot(grey, payload, window.column, middle, side)


def from_file(path, payload):
    """A screenshot that somebody else took, of cells 8 pixels wide."""
    grey = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise SystemExit(f"{path} is no picture")
    middle, side = decoders.outline(grey) or ((grey.shape[1] / 2, grey.shape[0] / 2), grey.shape[0] / 2)
    return Shot(grey, payload, 8, middle, side)


def _row_height(window):
    """A row is as high as two columns are wide, or what was asked for."""
    apart = [float(option.split(":")[1]) for option in window.options if "scaleHeight" in option]
    return 2 * window.column * (apart[0] if apart else 1)


def until_there(picture, place):
    """A picture on which the symbol is as it was on the one before, and what `place` found on it.

    Only the symbol is compared: elsewhere on the screen a clock ticks.
    """
    end = time.monotonic() + PATIENCE
    before = None
    while time.monotonic() < end:
        now = picture()
        found = place(now)
        symbol = _cut_out(now, *found) if found else None
        if symbol is not None and before is not None and np.array_equal(symbol, before):
            return now, found
        before = symbol
        time.sleep(0.1)
    raise SystemExit(f"no symbol was on the screen after {PATIENCE} s")


def _cut_out(grey, middle, side):
    left, top = (max(int(at - 0.6 * side), 0) for at in middle)
    return grey[top : int(middle[1] + 0.6 * side), left : int(middle[0] + 0.6 * side)]
