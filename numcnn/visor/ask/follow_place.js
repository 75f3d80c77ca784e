// Shows in the two fields which place is asked (place_fields.py).

const level = asked.data.level[0], axes = []
let place = asked.data.place[0]
for (const length of [...shapes[level]].reverse()) {
  axes.unshift(place % length)
  place = Math.floor(place / length)
}
position.title = titles[shapes[level].length - 1] ?? titles.at(-1)
position.value = axes.join(", ")
layer.value = String(level)
told.visible = false
