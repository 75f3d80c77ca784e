"""Images that numcnn draws itself, for machines without internet: handwriting, and clothes.

May import: `checks`, `datasets.files`, `randomness`.
"""
