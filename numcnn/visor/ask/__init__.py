"""Every number of one sample on its way through a network, and why it is what it is.

`layers_view.py` shows the maps of all levels and a panel; `answers.py` makes the records which the
panel shows.  On a live page Python answers; `embedded.py` and `account.js` let a saved page answer
by itself.

May import: `explain`, `visor.figures`.
"""
