"""A page that needs nothing: a drawing pad and a model in one file, in JavaScript.

`page.py` puts the file together and `plain.py` says what a model is in plain values.
``network.js`` computes all layers in loops, ``picture.js`` is the pen's way to a picture,
``pad.js`` is the page's own behaviour, and ``words.js`` what it says, in English and Korean.

May import: `activations`, `checks`, `files`, `geometry`, `layers`, `travel.steps`,
`visor.figures.assets`.
"""
