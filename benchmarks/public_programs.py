"""Runs programs that others wrote for Keras, as they are printed, through `numcnn.redirect`.

``python -m benchmarks.public_programs FILE...`` takes programs (``.py``) and notebooks
(``.ipynb``, whose code cells are joined).  Each runs in a process and a folder of its own; `fit`
stops after ``--epochs`` epochs, pictures are drawn without a screen, and the data come from
``NUMCNN_HOME`` or the internet, or are generated.  A row says how it ended: "runs", or the last
line of the error.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]

SHORT = """
import numcnn, numcnn.redirect
whole = numcnn.Model.fit
def fit(self, *arguments, **options):
    options["epochs"] = min(options.get("epochs", 1), {epochs})
    return whole(self, *arguments, **options)
numcnn.Model.fit = fit
numcnn.redirect.main()
"""
"""What the process of a program runs: `redirect`, with a `fit` of few epochs."""


def program_of(file: Path) -> str:
    """Return a program's text: the file's, or the code cells of a notebook, joined."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".ipynb":
        return text
    notebook = json.loads(text)
    cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    sources = ["".join(cell.get("source", cell.get("input", ""))) for cell in code]
    return "\n\n".join(map(without_magic, sources)) + "\n"


def without_magic(cell: str) -> str:
    """Return a cell without its lines for the notebook and the shell, ``%...`` and ``!...``."""
    lines = [
        line[: len(line) - len(line.lstrip())] + "pass"
        if line.lstrip().startswith(("%", "!"))
        else line
        for line in cell.splitlines()
    ]
    return "\n".join(lines)


def run(file: Path, epochs: int, limit: float) -> tuple[str, float, str]:
    """Run one program; return how it ended, its seconds, and all that it printed."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / (file.stem.replace(" ", "_") + ".py")
        program.write_text(program_of(file), encoding="utf-8")
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        began = time.perf_counter()
        try:
            done = subprocess.run(
                [sys.executable, "-c", SHORT.format(epochs=epochs), str(program)],
                cwd=folder,
                env={**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": path},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired as expired:
            printed = (expired.stdout or b"").decode("utf-8", "replace")
            return f"not done in {limit:.0f} s", limit, printed
        seconds = time.perf_counter() - began
    printed = done.stdout.decode("utf-8", "replace")
    if done.returncode == 0:
        return "runs", seconds, printed
    return (printed.strip().splitlines() or ["no word"])[-1], seconds, printed


def main() -> int:
    """Run the programs of the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--epochs", type=int, default=2, help="the most that a fit trains (2)")
    parser.add_argument("--limit", type=float, default=600, help="seconds for a program (600)")
    parser.add_argument("--show", action="store_true", help="print all that the programs print")
    options = parser.parse_args()
    failed = 0
    for file in options.programs:
        ending, seconds, printed = run(file, options.epochs, options.limit)
        if options.show:
            print(printed)
        print(f"{seconds:6.1f} s  {file.parent.name}/{file.name}: {ending}", flush=True)
        failed += ending != "runs"
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
