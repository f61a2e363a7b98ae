"""Text of scanned pages through tesseract, where the operator has installed it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

_PROGRAM: Final = "tesseract"
_WANTED: Final = ("chi_sim", "eng")
# 300 dots per inch, tesseract's recommended resolution; PDF pages are measured in 1/72 inch.
_SCALE: Final = 300 / 72
# A page may declare any size; beyond this its picture is drawn smaller (A3 at 300 dpi is 17 million).
_MAX_PIXELS: Final = 20_000_000


@cache
def languages() -> tuple[str, ...]:
    """Return the wanted language models tesseract has, () when it is not installed or has none of them."""
    program = shutil.which(_PROGRAM)
    if program is None:
        return ()
    try:
        listed = subprocess.run(
            [program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    known = set((listed.stdout + listed.stderr).split())
    return tuple(language for language in _WANTED if language in known)


def page_text(page: Any, seconds: float) -> str | None:
    """Return what tesseract reads on a page, or None when it fails or needs more than ``seconds``."""
    program = shutil.which(_PROGRAM)
    if program is None or not languages():
        return None
    width, height = page.get_size()
    scale = min(_SCALE, (_MAX_PIXELS / max(1.0, width * height)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "page.pgm"
        with picture.open("wb") as stream:
            stream.write(f"P5 {bitmap.width} {bitmap.height} 255\n".encode())
            rows = memoryview(bitmap.buffer)
            for row in range(bitmap.height):
                stream.write(bytes(rows[row * bitmap.stride : row * bitmap.stride + bitmap.width]))
        try:
            done = subprocess.run(
                [program, str(picture), "stdout", "-l", "+".join(languages()), "--psm", "3", "--dpi", "300"],
                capture_output=True,
                timeout=max(1.0, seconds),
                check=False,
                stdin=subprocess.DEVNULL,
                cwd=folder,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
