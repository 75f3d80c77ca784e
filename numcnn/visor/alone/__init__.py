"""A page that needs nothing: a drawing pad and a model in one file, in JavaScript.

`page.py` puts the file together and `plain.py` says what a model is in plain values.
``network.js`` computes a row of layers in loops, ``images.js`` further layers of images and
``merging.js`` those that read several results; ``picture.js`` is the pen's way to a picture,
``pad.js`` is the page's own behaviour, and ``words.js`` what it says, in English and Korean.

May import: `activations`, `checks`, `files`, `geometry`, `layers`, `picture_checks`,
`travel.steps`, `visor.figures.assets`.
"""
