"""The Linux console, imitated: what the kernel makes of the program's bytes, in a font that Debian loads.

Its rules (drivers/tty/vt/vt.c) are not those of other terminals. A background is one of eight colours and its white
is two thirds grey; bright white exists for glyphs only; "default foreground" does not end bright; there is no
second screen to switch to; and a character that the font lacks is drawn as the font's diamond.
"""

import codecs
import fcntl
import gzip
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import numpy as np

# The kernel's palette: eight colours, and the same brighter. Its order of bits is red, green, blue from the lowest.
PALETTE = np.array(
    [
        (0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0), (0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170),
        (85, 85, 85), (255, 85, 85), (85, 255, 85), (255, 255, 85), (85, 85, 255), (255, 85, 255), (85, 255, 255),
        (255, 255, 255),
    ],
    np.uint8,
)  # fmt: skip
GREY, BRIGHT = 7, 8

# What takes no part in the picture: titles and the like, other escapes, control characters.
SEQUENCE = re.compile(
    r"\x1b\[(?P<mark>[?>=<]?)(?P<numbers>[0-9;:]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_].*?\x1b\\|\x1b[()][A-Z0-9]|\x1b[^][PX^_()]"
)


class Font:
    """A font of the console (PSF 1 or 2, gzipped), with its map from characters to glyphs."""

    def __init__(self, path):
        with gzip.open(path) as file:
            data = file.read()
        if data[:2] == b"\x36\x04":
            mode, height = data[2], data[3]
            count, start, width, size = (512 if mode & 1 else 256), 4, 8, height
        else:
            start, _, count, size, height, width = struct.unpack("<6I", data[8:32])
        lines = np.frombuffer(data, np.uint8, count * size, start).reshape(count, height, -1)
        self.glyphs = np.unpackbits(lines, axis=2)[:, :, :width].astype(bool)
        self.width, self.height = width, height
        table = data[start + count * size :]
        self.map = _utf16_map(table, count) if data[:2] == b"\x36\x04" else _utf8_map(table)
        self.replacement = self.map.get("\ufffd", self.map.get("?", 0))

    def bits(self, character):
        """Which pixels of the cell are ink."""
        if character == " ":
            return np.zeros((self.height, self.width), bool)
        return self.glyphs[self.map.get(character, self.replacement)]


def _utf16_map(table, count):
    """PSF 1: 16-bit characters, each glyph's ended by 0xFFFF; sequences, which 0xFFFE begins, are left out."""
    characters, glyph, is_sequence = {}, 0, False
    for value in struct.unpack(f"<{len(table) // 2}H", table[: len(table) // 2 * 2]):
        if value == 0xFFFF:
            glyph, is_sequence = glyph + 1, False
        elif value == 0xFFFE:
            is_sequence = True
        elif not is_sequence and glyph < count:
            characters.setdefault(chr(value), glyph)
    return characters


def _utf8_map(table):
    """PSF 2: the same in UTF-8, with the bytes 0xFF and 0xFE."""
    characters = {}
    for glyph, entry in enumerate(table.split(b"\xff")):
        for character in entry.split(b"\xfe")[0].decode("utf-8", "ignore"):
            characters.setdefault(character, glyph)
    return characters


class Screen:
    """The cells of the console, and the pen that the last escapes left."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.row = self.column = 0
        self.reset_pen()
        self.cells = [[self.blank()] * columns for _ in range(rows)]

    def reset_pen(self):
        self.ink, self.paper, self.is_bright, self.is_reversed = GREY, 0, False, False

    def blank(self):
        return (" ", GREY, self.paper)

    def feed(self, text):
        at = 0
        while at < len(text):
            found = SEQUENCE.match(text, at) if text[at] == "\x1b" else None
            if found:
                if found["final"] and not found["mark"]:
                    numbers = [int(n or 0) for n in re.split("[;:]", found["numbers"])]
                    self.control(found["final"], numbers)
                at = found.end()
                continue
            self.write(text[at])
            at += 1

    def write(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row = min(self.row + 1, self.rows - 1)
        elif character == "\b":
            self.column = max(self.column - 1, 0)
        elif character >= " " and self.column < self.columns:
            ink = self.ink + (BRIGHT if self.is_bright else 0)
            colours = (self.paper, ink % BRIGHT) if self.is_reversed else (ink, self.paper)
            self.cells[self.row][self.column] = (character, *colours)
            self.column += 1

    def control(self, final, numbers):
        count = max(numbers[0], 1)
        if final == "m":
            self.set_pen(numbers)
        elif final in "Hf":
            self.row = min(count, self.rows) - 1
            self.column = min(max((numbers + [1])[1], 1), self.columns) - 1
        elif final == "A":
            self.row = max(self.row - count, 0)
        elif final == "B":
            self.row = min(self.row + count, self.rows - 1)
        elif final == "C":
            self.column = min(self.column + count, self.columns - 1)
        elif final == "D":
            self.column = max(self.column - count, 0)
        elif final == "G":
            self.column = min(count, self.columns) - 1
        elif final == "K" and numbers[0] == 0:
            self.cells[self.row][self.column :] = [self.blank()] * (self.columns - self.column)
        elif final == "J" and numbers[0] in (2, 3):
            self.cells = [[self.blank()] * self.columns for _ in range(self.rows)]

    def set_pen(self, numbers):
        numbers = list(numbers)
        while numbers:
            number = numbers.pop(0)
            if number == 0:
                self.reset_pen()
            elif number == 1:
                self.is_bright = True
            elif number == 22:
                self.is_bright = False
            elif number in (7, 27):
                self.is_reversed = number == 7
            elif 30 <= number <= 37:
                self.ink = number - 30
            elif number == 39:
                self.ink = GREY  # And bright stays: that is the trap.
            elif 40 <= number <= 47:
                self.paper = number - 40
            elif number == 49:
                self.paper = 0
            elif 90 <= number <= 97:
                self.ink, self.is_bright = number - 90, True
            elif 100 <= number <= 107:
                self.paper = number - 100
            elif number in (38, 48) and numbers:
                colour = _chosen(numbers)
                if colour is not None and number == 38:
                    self.ink, self.is_bright = _nearest_ink(colour)
                elif colour is not None:
                    self.paper = sum(1 << bit for bit in range(3) if colour[bit] & 0x80)

    def text(self):
        return "\n".join("".join(cell[0] for cell in row).rstrip() for row in self.cells)

    def picture(self, font):
        """The pixels, in grey as a camera without colours sees them."""
        grey = (PALETTE @ np.array([0.299, 0.587, 0.114])).round().astype(np.uint8)
        lines = []
        for row in self.cells:
            line = [np.where(font.bits(character), grey[ink], grey[paper]) for character, ink, paper in row]
            lines.append(np.concatenate(line, axis=1))
        return np.concatenate(lines).astype(np.uint8)


def _chosen(numbers):
    """The colour after 38 or 48, taken off the list."""
    kind = numbers.pop(0)
    if kind == 2 and len(numbers) >= 3:
        colour, numbers[:3] = tuple(numbers[:3]), []
        return colour
    if kind != 5 or not numbers:
        return None
    index = numbers.pop(0)
    if index < 16:
        return tuple(int(channel) for channel in PALETTE[index])
    if index < 232:
        parts = ((index - 16) // 36, (index - 16) // 6 % 6, (index - 16) % 6)
        return tuple(part and 55 + 40 * part for part in parts)
    return (8 + 10 * (index - 232),) * 3


def _nearest_ink(colour):
    """The kernel's `rgb_foreground`: a hue, and whether it is bright."""
    most = max(colour)
    hue = sum(1 << bit for bit in range(3) if colour[bit] > most / 2)
    if hue == 7 and most <= 0x55:
        return 0, True
    return hue, most > 0xAA


class Console:
    """A program on a console of its own."""

    def __init__(self, command, columns, rows, environment):
        self.screen = Screen(columns, rows)
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))

        def take_the_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.program = subprocess.Popen(
            command, stdin=its, stdout=its, stderr=its, env=environment, preexec_fn=take_the_terminal
        )
        os.close(its)
        self.terminal, self.rest = ours, ""
        self.utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def read(self, seconds):
        """Takes in what the program writes until it has been silent for `seconds`."""
        end = time.monotonic() + 10
        while time.monotonic() < end and select.select([self.terminal], [], [], seconds)[0]:
            try:
                data = os.read(self.terminal, 65536)
            except OSError:  # The program is gone.
                return
            text = self.rest + self.utf8.decode(data)
            # A sequence that was cut in two waits for its end.
            last = text.rfind("\x1b")
            is_whole = last < 0 or SEQUENCE.match(text, last)
            text, self.rest = (text, "") if is_whole else (text[:last], text[last:])
            self.screen.feed(text)

    def close(self):
        self.program.terminate()
        self.program.wait(10)
        os.close(self.terminal)
