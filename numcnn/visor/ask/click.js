// Asks for the number under the mouse.

const [H, W, maps] = grid
const {left, top} = pixels.data
const {x, y} = cb_obj
const inside = map => left[map] <= x && x < left[map] + W && top[map] <= y && y < top[map] + H
const map = Array.from(left, (_, map) => map).find(inside)
if (map === undefined) return
const place = (Math.floor(y - top[map]) * W + Math.floor(x - left[map])) * maps + map
if (place < count) asked.data = {level: [level], place: [place]}
