"""The loops: everything that this engine computes, on arrays.

=================  ===============================================================================
`layout`           into the layout of sixteen images side by side, and back
`convolution`      the sum of a convolution, in the order that keeps it in registers
`winograd`         the same sum in fewer multiplications, for windows of 3 × 3;
                   `winograd_tiles`, its loops; `winograd_gradients`, the kernel's gradient
`columns`          the same for windows of one cell, by the columns of a row
`gradients`        the sums of its gradients; `fractional`, the input's behind strides;
                   `few_pixels`, the kernel's over small images
`depthwise`        depthwise convolution, and its gradients
`fusion`           convolution, relu and pooling in one loop
`windows`          maximum and mean of windows side by side; `pooling`, of any windows
`normalization`    batch normalization
`dense`            the products of a dense layer
`pointwise`        relu, tanh, dropout, softmax, cross-entropy, Adam
`few_images`       convolution, max pooling and dense layers for one image, two or three
`block_sizes`      how many sums each of these keeps in registers, by machine and size
=================  ===============================================================================

May import: `engine.fast.runtime`, `geometry`.
"""
