"""A chapter as an HTML page: its text, its steps with their buttons, questions and an exercise."""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from numcnn.course import chapter as chapters
from numcnn.course.chapter import LANGUAGES, Block, Chapter
from numcnn.course.exercises.verdict import words
from numcnn.course.numbers import filled

HERE = Path(__file__).parent
ASSETS = ("course.css", "course.js", "native.js", "pyodide.js", "worker.js")


@cache
def _markdown() -> Any:
    """Return the converter of Markdown, without raw HTML."""
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        raise ImportError(
            'the pages of the course need markdown-it-py: pip install "numcnn[course]".'
        ) from None
    return MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")


def prose(text: str, read: Chapter) -> str:
    """Return Markdown as HTML, its numbers computed; wide tables scroll on their own."""
    return _rendered(filled(text, read))


def _rendered(text: str) -> str:
    html = _markdown().render(text)
    html = re.sub(r'href="([\w-]+)\.md', r'href="\1.html', html)
    return html.replace("<table>", '<div class="wide"><table>').replace(
        "</table>", "</table></div>"
    )


def chapter_page(read: Chapter, settings: dict[str, Any]) -> str:
    """Return the page of a chapter.

    Parameters
    ----------
    read : Chapter
    settings : dict
        For `course.js`: ``backend`` ("pyodide" or "native"), and what that needs.
    """
    word = words(read.language)["page"]
    parts, step = [], 0
    for block in read.blocks:
        if block.kind == "text":
            parts.append(prose(block.body, read))
        elif block.kind == "code-cell":
            step += 1
            parts.append(_step(block, step, word))
        elif block.kind == "question":
            parts.append(_question(block, read, word))
        elif block.kind == "exercise":
            parts.append(_exercise(read, word))
        elif block.kind == "keep":
            parts.append(
                f'<section class="keep"><h2>{word["keep"]}</h2>{prose(block.body, read)}</section>'
            )
    names = chapters.pages(read.language)
    place = names.index(read.name)
    around = {-1: "previous", 1: "next"}
    links = []
    for offset, label in around.items():
        if 0 <= place + offset < len(names):
            other = chapters.named(names[place + offset], read.language)
            links.append(
                f'<a class="{label}" href="{other.name}.html">{word[label]}: {other.title}</a>'
            )
    settings = settings | {"chapter": read.name, "hints": [prose(h, read) for h in read.hints]}
    body = f'{"".join(parts)}<nav class="around">{"".join(links)}</nav>'
    return page(read.title, body, read.language, f"{read.name}.html", settings)


def contents_page(language: str, settings: dict[str, Any]) -> str:
    """Return the first page: what the course is, its chapters, a search, the glossary's address."""
    word = words(language)["page"]
    items: dict[bool, list[str]] = {True: [], False: []}
    index = []
    for name in chapters.pages(language):
        read = chapters.named(name, language)
        numbered = read.number.isdigit()
        value = f' value="{int(read.number)}"' if numbered else ""
        items[numbered].append(f'<li{value}><a href="{name}.html">{read.title}</a></li>')
        text = " ".join(b.body for b in read.blocks if b.kind in ("text", "question", "keep"))
        index.append({"page": f"{name}.html", "title": read.title, "text": filled(text, read)})
    folder = chapters.FOLDER / language
    glossary, plan = (
        (folder / f"{name}.md").read_text("utf-8") for name in ("glossary", "contents")
    )
    index.append({"page": "glossary.html", "title": word["glossary"], "text": glossary})
    body = (
        f"<h1>{word['title']}</h1>"
        f'<input id="search" type="search" placeholder="{word["search"]}" aria-label="'
        f'{word["search"]}"><ul id="found"></ul>'
        f"{_rendered(plan)}<h2>{word['chapters']}</h2>"
        f"<ol class='chapters'>{''.join(items[True])}</ol>"
        f"<h2>{word['tutorials']}</h2><ul class='tutorials'>{''.join(items[False])}</ul>"
        f'<p><a href="glossary.html">{word["glossary"]}</a></p>'
    )
    return page(word["title"], body, language, "index.html", settings | {"index": index})


def _text(name: str, language: str) -> str:
    return (chapters.FOLDER / language / f"{name}.md").read_text("utf-8")


def glossary_page(language: str, settings: dict[str, Any]) -> str:
    """Return the glossary."""
    word = words(language)["page"]
    text = _text("glossary", language)
    return page(word["glossary"], _rendered(text), language, "glossary.html", settings)


def page(title: str, body: str, language: str, name: str, settings: dict[str, Any]) -> str:
    """Return a whole page; its files lie one folder above."""
    word = words(language)["page"]
    other = next(code for code in LANGUAGES if code != language)
    there = name if (chapters.FOLDER / other / f"{name[:-5]}.md").exists() else "index.html"
    script = json.dumps(settings | {"words": word, "language": language}).replace("<", "\\u003c")
    frame = (HERE / "page.html").read_text("utf-8")
    for key, value in {
        "language": language,
        "title": escape(title),
        "contents": word["contents"],
        "switch": f'<a href="../{other}/{there}" lang="{other}">{LANGUAGES[other]}</a>',
        "backend": settings["backend"],
        "settings": script,
        "body": body,
    }.items():
        frame = frame.replace(f"@{key}@", value)
    return frame


def _step(block: Block, number: int, word: dict[str, str]) -> str:
    label = f"{word['step']} {number}"
    return (
        f'<section class="step" data-place="{label}">{_editor(block.body, label, word)}'
        f'<p class="buttons"><button class="run" disabled>{word["run"]}</button>'
        f'<button class="above" disabled>{word["run_above"]}</button>'
        f'<button class="reset quiet">{word["reset"]}</button></p>'
        '<div class="output" aria-live="polite"></div></section>'
    )


def _exercise(read: Chapter, word: dict[str, str]) -> str:
    solution = escape(read.solution.strip("\n"))
    return (
        f'<section class="exercise" data-place="{word["exercise"]}">'
        f"{_editor(read.starter, word['exercise'], word)}"
        f'<p class="buttons"><button class="check" disabled>{word["check"]}</button>'
        f'<button class="hint quiet">{word["hint"]}</button></p>'
        '<div class="output" aria-live="polite"></div><ol class="hints"></ol>'
        f'<details class="solution"><summary>{word["solution"]}</summary>'
        f"<pre><code>{solution}</code></pre></details></section>"
    )


def _editor(code: str, label: str, word: dict[str, str]) -> str:
    rows = code.rstrip("\n").count("\n") + 1
    return (
        f'<textarea rows="{rows}" spellcheck="false" autocapitalize="off" autocomplete="off" '
        f'wrap="off" aria-label="{word["code"]} {label}">{escape(code.rstrip())}</textarea>'
    )


def _question(block: Block, read: Chapter, word: dict[str, str]) -> str:
    asked = chapters.question(block)
    choices = "".join(
        f'<button class="choice" data-right="{str(right).lower()}">'
        f"{_markdown().renderInline(filled(text, read))}</button>"
        for text, right in asked.choices
    )
    return (
        f'<section class="question"><h3>{word["question"]}</h3>{prose(asked.text, read)}'
        f'<div class="choices">{choices}</div>'
        f'<div class="answer" hidden>{prose(asked.answer, read)}</div></section>'
    )
