// The numbers of all levels for a sample of which the page holds the input alone.  Each is computed
// in double precision and rounded to float32 at the end, where the network rounds after each step.

const OPERATIONS = {"+": (x, by) => x + by, "−": (x, by) => x - by, "×": (x, by) => x * by, "÷": (x, by) => x / by}
const CURVES = {
  linear: z => z,
  relu: z => Math.max(z, 0),
  sigmoid: z => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
  softmax: z => z, // of the whole row, below
}

function combined(level, x, place) {
  const {rule, source, start, window, weights} = level, F = level.shape[level.shape.length - 1]
  let found = rule === "max" ? -Infinity : 0
  for (let k = 0; k < window.length; k++) {
    const cell = source[start[place] + window[k]]
    if (cell < 0) continue // padding
    if (rule === "max") found = Math.max(found, x[cell])
    else found += weights ? x[cell] * weights[k * F + place % F] : x[cell]
  }
  return found
}

// Returns the levels with their numbers y, and z before a softmax.
function forward(levels, input) {
  let y = Float32Array.from(input)
  return levels.map((level, number) => {
    if (number === 0) return {...level, y}
    const x = y, z = new Float32Array(level.count), F = level.shape[level.shape.length - 1]
    for (let place = 0; place < z.length; place++) {
      const step = (found, {symbol, operand}) => OPERATIONS[symbol](found, operand[place % operand.length])
      z[place] = CURVES[level.activation](level.steps.reduce(step, combined(level, x, place)))
    }
    y = z
    if (level.activation !== "softmax") return {...level, y}
    y = new Float32Array(z.length)
    for (let first = 0; first < z.length; first += F) {
      const row = z.slice(first, first + F), top = row.reduce((most, one) => Math.max(most, one))
      const es = Array.from(row, one => Math.exp(one - top)), total = es.reduce((sum, e) => sum + e)
      es.forEach((e, c) => { y[first + c] = e / total })
    }
    return {...level, y, z}
  })
}

