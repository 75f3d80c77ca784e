"""The course as pages: `html` writes one, `build` a folder of them, `server` serves them here.

A page runs its steps either in a worker of the browser (Pyodide) or in a process of this computer;
`course.js` is the same for both.

May import: `course`, `course.exercises`, `visor.pages`.
"""
