"""Images that say which they are, to see which of them came where."""

import numpy as np


def numbered(count, seed=0):
    """Return images (count, 28, 28) and labels, as a generator of images does: 0, 1, 2, ..."""
    images = np.full((count, 784), 200, np.uint8)
    images[:, :4] = np.arange(count, dtype="<u4").view(np.uint8).reshape(count, 4)
    return images.reshape(count, 28, 28), (np.arange(count) % 10).astype(np.uint8)


def numbers_of(images):
    """Return the number (n,) of each image."""
    first = np.ascontiguousarray(images.reshape(len(images), -1)[:, :4])
    return first.view("<u4").ravel()


def check_split(loaded, train, test):
    """Check that the first images are for training and the rest for testing, with their labels."""
    for (images, labels), first, count in zip(loaded, (0, train), (train, test), strict=True):
        np.testing.assert_array_equal(numbers_of(images), np.arange(first, first + count))
        np.testing.assert_array_equal(labels, np.arange(first, first + count) % 10)
