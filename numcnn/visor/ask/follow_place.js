// Shows in the two fields which place is asked (place_fields.py).

const level = asked.data.level[0], axes = []
let place = asked.data.place[0]
for (const length of [...shapes[level]].reverse()) {
  axes.unshift(place % length)
  place = Math.floor(place / length)
}
position.value = axes.join(", ")
layer.value = String(level)
