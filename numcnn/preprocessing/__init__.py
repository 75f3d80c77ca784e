"""Images from folders and files, and generators that change them: Keras's ``preprocessing``.

May import: `checks`, `console`, `datasets`, `home`, `layers`, `missing`, `own_results`,
`randomness`, `results`, `streams`.
"""

from numcnn.missing import missing
from numcnn.preprocessing import image
from numcnn.preprocessing.image_dataset import ImageDataset, image_dataset_from_directory

__all__ = ["ImageDataset", "image", "image_dataset_from_directory"]

__getattr__ = missing(__name__)
