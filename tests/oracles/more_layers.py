"""Layers of Keras whose numbers are stored, made by one function of ``keras`` or ``numcnn``."""

import numpy as np

IMAGES, ROWS = (2, 7, 6, 4), (3, 5)
LAYERS = {
    "dilated": (lambda L: L.Conv2D(3, 3, padding="same", dilation_rate=(2, 1)), IMAGES),
    "groups": (lambda L: L.Conv2D(6, (2, 3), strides=2, groups=2, activation="tanh"), IMAGES),
    "depthwise": (lambda L: L.DepthwiseConv2D(3, 2, "same", 2, activation="tanh"), IMAGES),
    "depthwise dilated": (lambda L: L.DepthwiseConv2D((3, 2), dilation_rate=2), IMAGES),
    "separable": (lambda L: L.SeparableConv2D(5, 3, 2, "same", depth_multiplier=2), IMAGES),
    "separable valid": (lambda L: L.SeparableConv2D(3, (2, 3), activation="sigmoid"), IMAGES),
    **{
        f"transposed {k} {s} {padding}": (
            lambda L, k=k, s=s, padding=padding: L.Conv2DTranspose(3, k, s, padding),
            IMAGES,
        )
        for k, s, padding in [
            *((3, 2, "same"), (4, 2, "same"), (5, 2, "same"), (3, 2, "valid"), (2, 3, "same")),
            *((2, 3, "valid"), (3, 1, "same"), ((4, 3), (1, 2), "same")),
        ]
    },
    "transposed dilated": (lambda L: L.Conv2DTranspose(3, 3, dilation_rate=2), IMAGES),
    "nearest": (lambda L: L.UpSampling2D((2, 3)), IMAGES),
    "bilinear": (lambda L: L.UpSampling2D((3, 2), interpolation="bilinear"), IMAGES),
    "resized": (lambda L: L.Resizing(5, 9), IMAGES),
    "resized nearest": (lambda L: L.Resizing(4, 8, "nearest"), IMAGES),
    "resized cropped": (lambda L: L.Resizing(4, 2, crop_to_aspect_ratio=True), IMAGES),
    "cropped": (lambda L: L.Cropping2D(((1, 2), (0, 3))), IMAGES),
    "center": (lambda L: L.CenterCrop(4, 3), IMAGES),
    "permuted": (lambda L: L.Permute((3, 1, 2)), IMAGES),
    "layer norm": (lambda L: L.LayerNormalization(), IMAGES),
    "layer norm of images": (lambda L: L.LayerNormalization(axis=[1, 2, 3]), IMAGES),
    "layer norm of rows": (lambda L: L.LayerNormalization(epsilon=1e-5), ROWS),
    "group norm": (lambda L: L.GroupNormalization(2), IMAGES),
    "instance norm": (lambda L: L.GroupNormalization(-1), IMAGES),
    "prelu": (lambda L: L.PReLU(shared_axes=[1, 2]), IMAGES),
    "prelu of rows": (lambda L: L.PReLU(), ROWS),
    "normalized": (
        lambda L: L.Normalization(-1, [0.1, 0.2, 0.3, 0.4], [2, 1, 0.5, 3]),
        IMAGES,
    ),
    **{
        name.lower(): (lambda L, name=name: getattr(L, name)(), [IMAGES, IMAGES])
        for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
    },
    "gate": (lambda L: L.Multiply(), [IMAGES, (2, 1, 1, 4)]),
    "gate of rows": (lambda L: L.Multiply(), [IMAGES, (2, 4)]),
}


def inputs_of(name):
    """Return the batch of a layer, or a list of several, the same each time."""
    _, shapes = LAYERS[name]
    rng = np.random.default_rng(len(name))
    made = [
        rng.normal(size=shape).astype(np.float32)
        for shape in (shapes if isinstance(shapes, list) else [shapes])
    ]
    return made if isinstance(shapes, list) else made[0]


def weights_like(weights):
    """Return numbers for arrays of these shapes."""
    rng = np.random.default_rng(1)
    return [rng.normal(size=np.shape(weight)).astype(np.float32) * 0.5 for weight in weights]


def dy_like(y):
    """Return a gradient for an output."""
    return np.random.default_rng(2).normal(size=np.shape(y)).astype(np.float32)
