"""Files of small images and their labels: how they are fetched, and the three forms they have.

Everything is checked before it is believed: a file is what it should be, or a ValueError says why
it is not.

May import: `checks`, `files`.
"""
