"""Layers of Keras that numcnn does not have, and what to do without them."""

SEQUENCES = "it computes with images, not with sequences or text"
ONE_AXIS = "give the signal a height of 1, (N, 1, W, C), and use the layer for two dimensions"

INSTEAD = {
    "Lambda": (
        "a function has no gradient of its own here; use + - * / between tensors, Rescaling, "
        "Activation, Reshape or Permute, or write a Layer with forward and backward "
        "(examples/custom_layer.py)"
    ),
    **dict.fromkeys(
        (
            *("Attention", "Bidirectional", "Embedding", "GRU", "LSTM", "Masking", "SimpleRNN"),
            *("MultiHeadAttention", "RNN", "RepeatVector", "TextVectorization", "TimeDistributed"),
        ),
        SEQUENCES,
    ),
    **dict.fromkeys(
        (
            *("AveragePooling1D", "Conv1D", "Convolution1D", "GlobalAveragePooling1D"),
            *("GlobalMaxPooling1D", "MaxPooling1D", "SpatialDropout1D", "UpSampling1D"),
        ),
        ONE_AXIS,
    ),
    "AlphaDropout": "use Dropout, or BatchNormalization in place of selu",
    "GaussianDropout": "use Dropout or GaussianNoise",
    "Dot": "multiply with Multiply() and add up in a layer of your own",
    "ThresholdedReLU": "ReLU(threshold=theta) computes it",
}
"""What to do, by the names of Keras's layers."""
