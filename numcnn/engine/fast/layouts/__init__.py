"""The layouts in which batches travel from one operation to the next.

`batch`
    Sixteen images side by side: all training, and all prediction of more than three images.
`few_images`
    One image, two or three, as they are.
`deferred`
    Convolutions, and their gradients, that wait for the next operation.

Each layout is a class, and the operations of a network are its methods: a forward method returns
its result and what the backward method needs.  `numcnn.engine.fast.predictor` adds a third layout,
images of which only the shape is known.

May import: `activations`, `engine.fast.loops`, `engine.fast.runtime`, `geometry`, `own_results`.
"""
