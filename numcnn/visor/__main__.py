"""Draw digits for a model to read: ``python -m numcnn.visor --model FILE``."""

from __future__ import annotations

import argparse
import sys

from numcnn import visor
from numcnn.models import load_model


def main(arguments: list[str] | None = None) -> int:
    """Open the drawing pad on a model from a file, until Ctrl-C."""
    parser = argparse.ArgumentParser("python -m numcnn.visor", description=__doc__)
    parser.add_argument("--model", required=True, metavar="FILE", help="what model.save wrote")
    parser.add_argument("--port", type=int, default=0, help="of the page; by default a free one")
    parser.add_argument("--no-browser", action="store_true", help="only say where the page is")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a further name under which the page may be opened, such as box.example:8080",
    )
    chosen = parser.parse_args(arguments)
    try:
        draw = visor.draw  # an ImportError if there is no Bokeh
        draw(load_model(chosen.model), chosen.port, not chosen.no_browser, chosen.allow_host)
    except (ImportError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
