// Layers that read several results: number by number, or beside each other.

// The numbers of x for each place of a larger shape: an axis of length 1 is repeated.
const spread = (x, shape) => {
  const lengths = [...Array(shape.length - x.shape.length).fill(1), ...x.shape]
  return Float32Array.from({length: size(shape)}, (_, place) => {
    let from = 0, step = 1
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (lengths[axis] > 1) from += place % shape[axis] * step
      step *= lengths[axis]
      place = Math.floor(place / shape[axis])
    }
    return x.data[from]
  })
}

// What is read, and a number or an array of `a + 2`, where it stands.
const operands = (xs, {number, shape, place}) =>
  number ? [...xs.slice(0, place), {shape, data: number}, ...xs.slice(place)] : xs

// y = f(f(a, b), c), number by number
const merging = f => (...given) => {
  const layer = given.pop()
  const [first, ...others] = operands(given, layer).map(x => spread(x, layer.output))
  return {shape: layer.output, data: first.map((a, i) => others.reduce((y, x) => f(y, x[i]), a))}
}

Object.assign(LAYERS, {
  Add: merging((a, b) => a + b),
  Subtract: merging((a, b) => a - b),
  Multiply: merging((a, b) => a * b),
  TrueDivide: merging((a, b) => a / b),
  Maximum: merging(Math.max),
  Minimum: merging(Math.min),

  Average(...given) {
    const sum = LAYERS.Add(...given)
    return {shape: sum.shape, data: sum.data.map(number => number / (given.length - 1))}
  },

  // Along an axis, each input gives a stretch of numbers in turn.
  Concatenate(...given) {
    const layer = given.pop(), y = made(layer.output)
    const stretches = given.map(x => size(x.shape.slice(layer.axis)))
    let place = 0
    for (let turn = 0; place < y.data.length; turn++)
      given.forEach((x, k) => {
        y.data.set(x.data.subarray(turn * stretches[k], (turn + 1) * stretches[k]), place)
        place += stretches[k]
      })
    return y
  },
})
