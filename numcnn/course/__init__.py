"""The course: chapters that run, exercises that check themselves, in English and Korean.

``python -m numcnn.course`` opens it on this computer; ``python -m numcnn.course build FOLDER``
writes it as pages for any browser; ``python -m numcnn.course check`` checks a student's files.

The chapters are Markdown (`chapters/`), one file for each language, with the same steps in both.
`chapter` reads them, `session` runs their steps, `exercises` checks what a student wrote, and
`page` is the page and its servers.

    >>> from numcnn.course import show
    >>> show("Steps of a chapter show pictures and tables with this function.")
    Steps of a chapter show pictures and tables with this function.

May import: `callbacks`, `console`, `engine`, `files`, `notebook`.
"""

from numcnn.course.display import LiveCurves, download, show, show_page

__all__ = ["LiveCurves", "download", "show", "show_page"]
