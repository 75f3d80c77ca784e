"""The course as a folder of pages: what is in it, and what is refused."""

import hashlib
import json
import re
import zipfile

import pytest

pytest.importorskip("markdown_it", reason="the pages of the course need markdown-it-py")

from numcnn.course.__main__ import main
from numcnn.course.chapter import LANGUAGES, named, names, pages
from numcnn.course.page import build as builder
from numcnn.course.page.build import ADDRESS, LOCK, PACKAGES, RUNTIME, VERSION, build


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The course, built without the runtime."""
    folder = tmp_path_factory.mktemp("site") / "course"
    return folder, build(folder)


@pytest.fixture
def runtime(tmp_path):
    """A folder that looks like Pyodide's."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    for name in RUNTIME:
        (folder / name).write_text(name, "utf-8")
    packages = {}
    for name in PACKAGES:
        (folder / f"{name}.whl").write_text(name, "utf-8")
        digest = hashlib.sha256(name.encode()).hexdigest()
        packages[name] = {"file_name": f"{name}.whl", "sha256": digest}
    (folder / LOCK).write_text(json.dumps({"packages": packages}), "utf-8")
    return folder


def test_every_page_is_written_and_every_link_leads_to_one(site):
    folder, built = site
    written = list(folder.rglob("*.html"))
    assert len(written) == 1 + sum(len(pages(language)) + 2 for language in LANGUAGES)
    assert built.files == sum(1 for file in folder.rglob("*") if file.is_file())
    for page in written:
        text = page.read_text("utf-8")
        assert "{value}" not in text
        for link in re.findall(r'(?:href|src)="([^"]+)"', text):
            assert link.startswith(("data:", "http")) or (page.parent / link).is_file(), link


def test_a_page_has_a_run_button_for_every_step_and_one_for_its_exercise(site):
    folder, _ = site
    for language in LANGUAGES:
        for name in pages(language):
            text = (folder / language / f"{name}.html").read_text("utf-8")
            assert text.count('<button class="run"') == len(named(name, language).steps)
            assert text.count('<button class="check"') == (name in names(language))


def test_no_page_loads_anything_from_elsewhere(site):
    """Links may lead to other sites; scripts, styles, pictures and fonts may not."""
    folder, _ = site
    for file in [*folder.rglob("*.html"), *folder.rglob("*.css"), *folder.rglob("*.js")]:
        text = file.read_text("utf-8")
        assert not re.search(r'(src|<link[^>]*href)="https?:', text), file
        assert not re.search(r"url\(\s*['\"]?https?:|@import|cookie", text), file


def test_the_library_is_inside_without_what_python_makes_itself(site):
    folder, _ = site
    with zipfile.ZipFile(folder / "assets" / "numcnn.zip") as archive:
        inside = archive.namelist()
    assert {"numcnn/__init__.py", "tqdm/__init__.py", "numcnn/course/chapters/numbers.json"} <= {
        *inside
    }
    assert not [name for name in inside if "__pycache__" in name]


def test_without_the_runtime_the_command_says_where_it_comes_from(site, tmp_path, capsys):
    folder, _ = site
    assert main(["build", str(folder)]) == 0  # over an earlier build
    said = capsys.readouterr().out
    assert f"Pyodide {VERSION} is not inside" in said
    assert ADDRESS in said
    assert ADDRESS in (folder / "en" / f"{names()[0]}.html").read_text("utf-8")


def test_with_the_runtime_the_pages_ask_no_other_place(runtime, tmp_path, monkeypatch):
    monkeypatch.setattr(builder, "write_library", lambda file: file.write_bytes(b"zip"))
    built = build(tmp_path / "site", runtime)
    assert built.whole
    assert "need no internet" in str(built)
    assert {file.name for file in (tmp_path / "site" / "runtime").iterdir()} == {
        *(file.name for file in runtime.iterdir())
    }
    for page in (tmp_path / "site").rglob("*-*.html"):
        assert '"runtime": "../runtime/"' in page.read_text("utf-8")


def test_a_runtime_that_is_not_whole_is_refused_before_anything_is_written(
    runtime, tmp_path, capsys
):
    site = tmp_path / "site"

    def said():
        assert main(["build", str(site), "--runtime", str(runtime)]) == 2
        assert not site.exists()
        return capsys.readouterr().out

    (runtime / "numpy.whl").write_text("damaged", "utf-8")
    assert "numpy.whl is damaged: its SHA-256" in said()
    (runtime / "pyodide.js").unlink()
    assert "lacks pyodide.js" in said()
    (runtime / LOCK).unlink()
    assert f"has no {LOCK}" in said()


def test_a_folder_with_other_files_is_refused_and_kept(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    assert main(["build", str(tmp_path)]) == 2
    assert "no earlier build: give a new folder" in capsys.readouterr().out
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
