"""Does the symbol on the kiosk's screen scan? See scripts/scan-qr."""

import argparse
import json
import multiprocessing
import os
import pathlib
import sys
import time

import decoders
import screens
from camera import FAMILIES, photograph
from screens import Window

# Of an ordinary classroom: 27 characters before the code.
ADDRESS = "http://192.168.100.200:8080"

DARK = ("-bg", "black", "-fg", "white")
LIGHT = ("-bg", "white", "-fg", "black")
TRUE = {"COLORTERM": "truecolor"}

# What the short run looks through.
SHORT_FAMILIES = ("far", "tilted", "blurred", "dim")

# How far the kiosk may fall behind qrencode there: each run has another code, and few pictures decide little.
SHORT_SLACK = 0.05

# What a symbol at error correction level M holds, in bits, from version 1 on (ISO/IEC 18004, table 7).
CAPACITY = [128, 224, 352, 512, 688, 864, 992, 1232, 1456, 1728, 2032, 2320]


# Those of the short run come first. Both programs are shown in each.
WINDOWS = {
    "xterm 80x24, dark": Window(80, 24, DARK),
    "xterm 80x24, light": Window(80, 24, LIGHT),
    "xterm 80x24, odd cells": Window(80, 24, DARK, "DejaVu Sans Mono:pixelsize=13", 8),
    "xterm 80x24, lines apart": Window(80, 24, (*DARK, "-xrm", "XTerm*scaleHeight:1.25")),
    "xterm 100x30, dark": Window(100, 30, DARK),
    "xterm 120x40, dark": Window(120, 40, DARK),
    "xterm 120x40, light": Window(120, 40, LIGHT),
    "xterm 240x67, dark": Window(240, 67, DARK),
    "xterm 240x67, light": Window(240, 67, LIGHT),
}
SHORT_WINDOWS = 2

# Where the font's half blocks do not fill their cells, thin lines cross the symbol, and no drawing of modules half a
# cell high can help it. There most readers must do; everywhere else all but one, since OpenCV's misses a clean
# symbol now and then, by its code.
WITH_GAPS = ("odd cells", "lines apart")

# Other ways to say black and white. Their pixels are to be the same, so they are only read as they are.
INKS = [
    ("256 colours", {"TERM": "xterm-256color"}),
    ("16 colours", {"TERM": "xterm"}),
    ("NO_COLOR", {"TERM": "xterm-256color", "NO_COLOR": "1"}),
]

# The console has no half blocks with Debian's fonts, so a symbol needs 120x40 at least.
CONSOLES = [(120, 40, "Lat15-Fixed16"), (240, 67, "Uni2-Fixed16")]

# The versions that a small and a middling screen can show. Version 1 is too small for any address with a code.
VERSIONS = [(80, 24, (2, 3, 4)), (120, 40, range(5, 11))]


def address_of(version):
    """The shortest address whose symbol has this version."""
    for length in range(1, 250):
        host = ".".join(("K" * length)[at : at + 60] for at in range(0, length, 60))
        letters = len(f"://{host}/A/K7M2QX")
        is_small = version <= 9
        bits = 4 + (8 if is_small else 16) + 32 + 4 + (9 if is_small else 11) + 11 * (letters // 2) + 6 * (letters % 2)
        if bits > (CAPACITY[version - 2] if version > 1 else 0):
            return f"http://{host}"
    raise ValueError(f"no address gives version {version}")


READERS = {}


def seen(shot, family, seed):
    """A photograph of the symbol with the quiet zone that a reader may rely on, 8 modules of about 30."""
    return photograph(shot.grey, shot.column, shot.middle, 1.27 * shot.side, family, seed)


def tried(task):
    """One picture before all readers: who read it, and what was read wrongly."""
    name, shot, family, seed = task
    if not READERS:
        READERS.update(decoders.installed()[0])
    picture = seen(shot, family, seed) if family else shot.grey
    texts = {reader: read(picture) for reader, read in READERS.items()}
    read = {reader: shot.payload in found for reader, found in texts.items()}
    wrong = sorted({text for found in texts.values() for text in found if text and text != shot.payload})
    return name, family, seed, read, wrong


class Score:
    """How often a drawing was read."""

    def __init__(self, results):
        self.plain = next(read for family, read in results if family is None)
        self.families = {}
        for family in FAMILIES:
            reads = [read for other, read in results if other == family]
            if reads:
                self.families[family] = sum(sum(read.values()) / len(read) for read in reads) / len(reads)

    @property
    def mean(self):
        return sum(self.families.values()) / max(len(self.families), 1)


def capture(arguments, display):
    """All screens of this run, by name."""
    shots = {}

    def take(name, shoot):
        started = time.monotonic()
        shots[name] = shoot()
        print(f"{name}: taken in {time.monotonic() - started:.1f} s", file=sys.stderr)

    def kiosk(window, environment=TRUE, address=ADDRESS):
        return lambda: screens.in_xterm(display, arguments.program, address, window, environment)

    windows = list(WINDOWS.items())[: SHORT_WINDOWS if arguments.short else None]
    for name, window in windows:
        take(f"kiosk, {name}", kiosk(window))
        payload = shots[f"kiosk, {name}"].payload
        take(f"qrencode, {name}", lambda: screens.of_qrencode(display, payload, window))
    for columns, rows, font in CONSOLES[: 1 if arguments.short else None]:
        path = arguments.fonts / f"{font}.psf.gz"
        take(
            f"kiosk, console {columns}x{rows}, {font}",
            lambda: screens.on_the_console(arguments.program, ADDRESS, columns, rows, path),
        )
    for file, payload in arguments.picture:
        take(f"kiosk, {pathlib.Path(file).stem}", lambda: screens.from_file(file, payload))
    if not arguments.short:
        for ink, environment in INKS:
            take(f"kiosk, xterm 80x24, {ink}", kiosk(Window(80, 24, DARK), environment))
            take(f"kiosk, xterm 80x24, {ink}, light", kiosk(Window(80, 24, LIGHT), environment))
        for columns, rows, versions in VERSIONS:
            for version in versions:
                name = f"kiosk, xterm {columns}x{rows}, version {version}"
                take(name, kiosk(Window(columns, rows, DARK), TRUE, address_of(version)))
    return shots


def is_plain_only(name):
    return "version" in name or any(ink in name for ink, _ in INKS)


def score(shots, families, seeds):
    """A score for each name, and every text that was read and is not the one shown."""
    tasks = []
    for name, shot in shots.items():
        tasks.append((name, shot, None, 0))
        if not is_plain_only(name):
            tasks += [(name, shot, family, seed) for family in families for seed in range(seeds)]
    results, wrong = {name: [] for name in shots}, []
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for name, family, seed, read, texts in pool.imap_unordered(tried, tasks, chunksize=4):
            results[name].append((family, read))
            wrong += [f"{name}, {family or 'as it is'} {seed}: {text}" for text in texts]
    return {name: Score(found) for name, found in results.items()}, wrong


def table(scores, families):
    lines = ["| | plain | mean | " + " | ".join(families) + " |", "|---|---|---|" + "---|" * len(families)]
    for name, found in scores.items():
        plain = f"{sum(found.plain.values())}/{len(found.plain)}"
        if not found.families:
            lines.append(f"| {name} | {plain} |" + " |" * (len(families) + 1))
            continue
        rates = " | ".join(f"{100 * found.families[family]:.0f}" for family in families)
        lines.append(f"| {name} | {plain} | {100 * found.mean:.1f} | {rates} |")
    return "\n".join(lines)


def objections(scores, wrong, slack):
    """What must not be: each a sentence."""
    for name, found in scores.items():
        if not name.startswith("kiosk"):
            continue
        needed = decoders.LEAST if name.endswith(WITH_GAPS) else len(found.plain) - 1
        if sum(found.plain.values()) < needed:
            yield f"{name}: not read as it is by {[reader for reader, read in found.plain.items() if not read]}"
        other = scores.get(name.replace("kiosk", "qrencode", 1))
        if other and found.mean < other.mean - slack:
            yield f"{name}: {100 * found.mean:.1f} % against {100 * other.mean:.1f} % of qrencode"
    for text in wrong:
        yield f"read wrongly: {text}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=pathlib.Path, help="the kiosk")
    parser.add_argument("fonts", type=pathlib.Path, help="the folder of the console's fonts")
    parser.add_argument("--short", action="store_true", help="few screens, few pictures: for every day")
    parser.add_argument("--pictures", type=int, help="pictures of each family [default: 50, short: 4]")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures there")
    parser.add_argument("--keep", type=pathlib.Path, help="keep the screenshots there, and a photograph of each family")
    parser.add_argument(
        "--picture",
        nargs=2,
        action="append",
        default=[],
        metavar=("FILE", "TEXT"),
        help="also a screenshot taken elsewhere, of cells 8 pixels wide, such as a real console's",
    )
    arguments = parser.parse_args()

    readers, missing = decoders.installed()
    for name, why in missing.items():
        print(f"{name} is missing: {why}", file=sys.stderr)
    if len(readers) < decoders.LEAST:
        raise SystemExit(f"{len(readers)} readers are not enough; {decoders.LEAST} are needed")

    with screens.Display() as display:
        shots = capture(arguments, display)
    if arguments.keep:
        keep(shots, arguments.keep)
    families = SHORT_FAMILIES if arguments.short else tuple(FAMILIES)
    pictures = arguments.pictures or (4 if arguments.short else 50)
    scores, wrong = score(shots, families, pictures)

    print(table(scores, families))
    if arguments.json:
        figures = {name: {"plain": s.plain, "mean": s.mean, "families": s.families} for name, s in scores.items()}
        arguments.json.write_text(json.dumps({"pictures": pictures, "drawings": figures, "wrong": wrong}, indent=1))
    objected = list(objections(scores, wrong, SHORT_SLACK if arguments.short else 0.0))
    for sentence in objected:
        print(sentence, file=sys.stderr)
    readers = ", ".join(readers)
    print(f"{pictures} pictures a family, read by {readers}; {len(wrong)} wrong readings.")
    return 1 if objected else 0


def keep(shots, folder):
    import cv2

    folder.mkdir(parents=True, exist_ok=True)
    for name, shot in shots.items():
        stem = name.replace(", ", "-").replace(" ", "-")
        cv2.imwrite(str(folder / f"{stem}.png"), shot.grey)
    shot = next(iter(shots.values()))
    for family in FAMILIES:
        cv2.imwrite(str(folder / f"photograph-{family}.png"), seen(shot, family, 0))


if __name__ == "__main__":
    sys.exit(main())
