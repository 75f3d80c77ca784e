"""The command ``python -m numcnn.course``: open the course, check exercises, build pages."""

from __future__ import annotations

import argparse
import json
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from numcnn.console import write
from numcnn.course import notebooks, work
from numcnn.course.chapter import LANGUAGES, named, names
from numcnn.course.exercises import classroom, examine


def main(arguments: Sequence[str] = ()) -> int:
    """Do what the arguments say; return the exit code: 0 if all is right, otherwise 1 or 2."""
    options = _parser().parse_args(arguments)
    try:
        return options.action(options)
    except (ImportError, OSError, ValueError) as error:
        write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m numcnn.course",
        description="Open the course, check exercises, build pages. Without an action: open.",
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--folder", type=Path, default=Path(work.FOLDER), help="of your exercises")
    common.add_argument("--language", choices=list(LANGUAGES), default="en")
    parser.set_defaults(
        action=_open, folder=Path(work.FOLDER), language="en", port=0, no_browser=False
    )
    actions = parser.add_subparsers(metavar="ACTION")

    def add(name: str, action: object, about: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, parents=[common], help=about, description=about)
        made.set_defaults(action=action)
        return made

    opened = add("open", _open, "open the course in the browser (without an action, too)")
    opened.add_argument("--port", type=int, default=0)
    opened.add_argument("--no-browser", action="store_true", help="only print the address")
    add("start", _start, "write the exercises' files, where there are none yet")
    checked = add("check", _check, "check exercises: one chapter's, or all that there are")
    checked.add_argument("chapter", nargs="?", help="such as 2")
    checked.add_argument("--file", type=Path, help="another file than the folder's")
    checked.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    checked.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    graded = add("grade", _grade, "check a class: a folder with one folder for each student")
    graded.add_argument("students", type=Path)
    graded.add_argument("--csv", type=Path, help="a file for a spreadsheet")
    hinted = add("hint", _hint, "print a hint for an exercise")
    hinted.add_argument("chapter")
    hinted.add_argument("number", nargs="?", type=int, default=1)
    built = add("build", _build, "write the course as pages for any browser")
    built.add_argument("output", type=Path)
    built.add_argument("--runtime", type=Path, help="a folder with Pyodide, to be put inside")
    exported = add("export", _export, "write the chapters as Jupyter notebooks")
    exported.add_argument("output", type=Path)
    exported.add_argument("--nbgrader", action="store_true", help="as assignments of nbgrader")
    wheels = add("wheelhouse", _wheelhouse, "collect what a class needs to install offline")
    wheels.add_argument("output", type=Path)
    wheels.add_argument(
        "--platform",
        action="append",
        default=[],
        help="such as win_amd64; may be given again",
    )
    wheels.add_argument("--python", help="of the class, such as 3.12")
    return parser


def _open(options: argparse.Namespace) -> int:
    from numcnn.course.page.server import CourseServer

    with CourseServer(options.folder, options.port, options.language) as server:
        try:
            write(f"The course is at {server.url} until Ctrl-C.\nYour files: {options.folder}\n")
            if not options.no_browser:
                webbrowser.open(server.url)
            server.serve_forever()
        except KeyboardInterrupt:
            write("\n")
    return 0


def _start(options: argparse.Namespace) -> int:
    written, kept = work.start(options.folder, options.language)
    write("".join(f"new   {file}\n" for file in written))
    write("".join(f"kept  {file}, as it is\n" for file in kept))
    return 0


def _check(options: argparse.Namespace) -> int:
    if options.inside:
        source = sys.stdin.read()
        verdict = examine(options.chapter, source, options.language, str(options.file))
        write(json.dumps(verdict.to_dict()))
        return 0
    wanted = [options.chapter] if options.chapter else names()
    files = [options.file or work.file_of(options.folder, chapter) for chapter in wanted]
    found = [pair for pair in zip(wanted, files, strict=True) if pair[1].exists()]
    if not found:
        raise FileNotFoundError(
            f"there is no {files[0] if options.chapter else options.folder}. Write the files with "
            "python -m numcnn.course start, or name another folder with --folder."
        )
    verdicts = [classroom.in_time(chapter, file, options.language) for chapter, file in found]
    if options.json:
        write(f"{json.dumps([one.to_dict() for one in verdicts], indent=2)}\n")
    else:
        write("".join(f"{one}\n" for one in verdicts))
        if len(verdicts) > 1:
            write(f"{sum(one.ok for one in verdicts)} of {len(verdicts)} are right.\n")
    return 0 if all(verdicts) else 1


def _grade(options: argparse.Namespace) -> int:
    grades = classroom.grade(options.students, options.language)
    write(classroom.table(grades))
    if options.csv:
        options.csv.write_text(classroom.as_csv(grades), "utf-8-sig")  # spreadsheets need the mark
    return 0


def _hint(options: argparse.Namespace) -> int:
    hints = named(options.chapter, options.language).hints
    if not 0 < options.number <= len(hints):
        raise ValueError(f"this exercise has the hints 1 to {len(hints)}.")
    write(f"{options.number} of {len(hints)}: {hints[options.number - 1]}\n")
    return 0


def _build(options: argparse.Namespace) -> int:
    from numcnn.course.page.build import build

    write(str(build(options.output, options.runtime)))
    return 0


def _export(options: argparse.Namespace) -> int:
    export = notebooks.export_for_nbgrader if options.nbgrader else notebooks.export
    written = export(options.output, options.language)
    write("".join(f"new   {file}\n" for file in written) or "nothing new: all files are there.\n")
    return 0


def _wheelhouse(options: argparse.Namespace) -> int:
    from numcnn.course.wheelhouse import collect

    files = collect(options.output, options.platform, options.python)
    write(
        f"{len(files)} files, {sum(file.stat().st_size for file in files) / 1e6:.0f} MB. On each "
        f'computer: pip install --no-index --find-links {options.output} "numcnn[course]"\n'
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
