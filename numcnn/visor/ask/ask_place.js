// Asks for the place that the two fields name, or says why there is none (place_fields.py).

const level = Number(layer.value), shape = shapes[level], name = names[level]
const words = position.value.trim().split(/[\s,;]+/)
const axes = words.map(word => /^\d+$/.test(word) ? Number(word) : NaN)
const fits = axes.length === shape.length && axes.every((axis, k) => axis < shape[k])
const safe = text => text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)

if (fits || cb_obj === layer) { // a layer of another shape is asked for its first number
  const place = fits ? axes.reduce((sum, axis, k) => sum * shape[k] + axis, 0) : 0
  const now = asked.data
  told.visible = false
  if (level !== now.level[0] || place !== now.place[0])
    asked.data = {level: [level], place: [place]}
} else {
  const numbers = ["one number", "two numbers", "three numbers"][shape.length - 1] ?? `${shape.length} numbers`
  const range = `from ${shape.map(() => 0).join(", ")} to ${shape.map(length => length - 1).join(", ")}`
  const problem = axes.some(Number.isNaN) || axes.length !== shape.length
    ? `A position in ${name} is ${numbers}, ${range}; “${position.value}” is none.`
    : `There is no ${axes.join(", ")} in ${name}: its positions go ${range}.`
  told.visible = true
  told.text = `<p role="alert">${safe(problem)}</p>`
}
