// Asks for the place that the two fields name (place_fields.py).

const level = Number(layer.value), shape = shapes[level]
const axes = position.value.split(/[^0-9]+/).filter(text => text).map(Number)
const fits = axes.length === shape.length && axes.every((axis, k) => axis < shape[k])
const place = fits ? axes.reduce((sum, axis, k) => sum * shape[k] + axis, 0) : 0
const now = asked.data
if (level !== now.level[0] || place !== now.place[0])
  asked.data = {level: [level], place: [place]}
