"""``examples/mnist_record.py`` in other libraries: ``python FILE FOLDER RECIPE SEED``.

RECIPE is the example's as JSON.  Each reads the files, trains by the recipe, and prints what the
example prints.
"""
