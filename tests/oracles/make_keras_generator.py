"""Write keras_generator.npz: what Keras's ImageDataGenerator makes of images; it needs SciPy.

KERAS_BACKEND=jax python tests/oracles/make_keras_generator.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import keras
import scipy.ndimage
from oracles import cases, generated

if not hasattr(scipy.ndimage, "interpolation"):  # Keras asks for its old name
    scipy.ndimage.interpolation = scipy.ndimage

ImageDataGenerator = keras.src.legacy.preprocessing.image.ImageDataGenerator
cases.write(
    "keras_generator",
    generated.results(ImageDataGenerator),
    made_with=f"Keras {keras.__version__}, SciPy {scipy.__version__}",
)
