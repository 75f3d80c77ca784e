// Selects the matrix's cell that the two lists name (confusion.py).

const cell = Number(label.value) * names.length + Number(prediction.value)
if (cells.selected.indices[0] !== cell) cells.selected.indices = [cell]
