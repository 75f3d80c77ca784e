// A network in loops.  A picture is {shape: [H, W, C], data}, its numbers row by row, the channels
// of a pixel side by side; a row of numbers is {shape: [D], data}.  Everything is computed in
// float64 and kept in float32, so the answers are numcnn's to about a millionth.

const size = shape => shape.reduce((product, axis) => product * axis, 1)
const made = shape => ({shape, data: new Float32Array(size(shape))})

// The activations, number by number: y = f(z).
const ACTIVATIONS = {
  linear: z => z,
  relu: z => Math.max(z, 0),
  bounded_relu: (z, {max_value, negative_slope, threshold}) =>
    Math.min(z > threshold ? z : negative_slope * (z - threshold), max_value ?? Infinity),
  leaky_relu: (z, {negative_slope}) => z > 0 ? z : negative_slope * z,
  elu: (z, {alpha}) => z > 0 ? z : alpha * Math.expm1(z),
  selu: z => 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * Math.expm1(z)),
  gelu: z => z * 0.5 * (1 + erf(z * Math.SQRT1_2)),
  sigmoid: z => 1 / (1 + Math.exp(-z)),
  tanh: z => Math.tanh(z),
  softplus: z => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
}

// The error function by its series, and by 1 beyond 4, where the rest is below 1e-7.
const erf = z => {
  if (Math.abs(z) > 4) return Math.sign(z)
  let term = z, sum = z
  for (let n = 1; n < 80; n++) {
    term *= -z * z / n
    sum += term / (2 * n + 1)
  }
  return 2 / Math.sqrt(Math.PI) * sum
}

// exp(z_c) / Σ_k exp(z_k) over the channels; the largest is taken off, so that exp can't overflow.
const softmax = z => {
  const y = made(z.shape), C = z.shape.at(-1)
  for (let first = 0; first < z.data.length; first += C) {
    let largest = -Infinity, sum = 0
    for (let c = 0; c < C; c++) largest = Math.max(largest, z.data[first + c])
    for (let c = 0; c < C; c++) sum += Math.exp(z.data[first + c] - largest)
    for (let c = 0; c < C; c++) y.data[first + c] = Math.exp(z.data[first + c] - largest) / sum
  }
  return y
}

const activated = (z, activation) => {
  if (activation.name === "softmax") return softmax(z)
  const f = ACTIVATIONS[activation.name]
  return {shape: z.shape, data: z.data.map(number => f(number, activation))}
}

// Runs over all windows of an image: visit(y's place, x's pixel or null, the window's row, column).
const windows = ([H, W], layer, visit) => {
  const {window: [KH, KW], strides: [SH, SW], before: [top, left], dilation: [DH, DW], output} = layer
  const [OH, OW] = output
  for (let oy = 0; oy < OH; oy++)
    for (let ox = 0; ox < OW; ox++)
      for (let i = 0; i < KH; i++)
        for (let j = 0; j < KW; j++) {
          const row = oy * SH + i * DH - top, column = ox * SW + j * DW - left
          if (row >= 0 && row < H && column >= 0 && column < W)
            visit(oy * OW + ox, row * W + column, i * KW + j)
        }
}

// The layers: what goes in, and what is said of the layer.
const LAYERS = {
  // z[oy, ox, f] = bias[f] + Σ x[row, column, c] · kernel[i, j, c, f]; with groups, the filters of
  // a group look at its own channels only
  Conv2D(x, layer) {
    const [, , C] = x.shape, F = layer.output[2], G = layer.groups
    const sums = new Float64Array(size(layer.output))
    windows(x.shape, layer, (place, pixel, cell) => {
      for (let c = 0; c < C; c++) {
        const number = x.data[pixel * C + c], group = Math.floor(c / (C / G))
        const kernel = (cell * C / G + c % (C / G)) * F
        for (let f = group * F / G; f < (group + 1) * F / G; f++)
          sums[place * F + f] += number * layer.kernel[kernel + f]
      }
    })
    return withBias(sums, layer)
  },

  // z[u] = bias[u] + Σ x[d] · kernel[d, u], for each row of x
  Dense(x, layer) {
    const D = x.shape.at(-1), U = layer.output.at(-1)
    const sums = new Float64Array(size(layer.output))
    for (let row = 0; row * D < x.data.length; row++)
      for (let d = 0; d < D; d++)
        for (let u = 0; u < U; u++)
          sums[row * U + u] += x.data[row * D + d] * layer.kernel[d * U + u]
    return withBias(sums, layer)
  },

  MaxPooling2D(x, layer) {
    const y = made(layer.output), C = x.shape[2]
    y.data.fill(-Infinity)
    windows(x.shape, layer, (place, pixel) => {
      for (let c = 0; c < C; c++)
        y.data[place * C + c] = Math.max(y.data[place * C + c], x.data[pixel * C + c])
    })
    return y
  },

  // The mean of the cells inside the image.
  AveragePooling2D(x, layer) {
    const y = made(layer.output), C = x.shape[2], cells = new Float64Array(y.data.length)
    const sums = new Float64Array(y.data.length)
    windows(x.shape, layer, (place, pixel) => {
      for (let c = 0; c < C; c++) {
        sums[place * C + c] += x.data[pixel * C + c]
        cells[place * C + c] += 1
      }
    })
    y.data = y.data.map((_, place) => sums[place] / cells[place])
    return y
  },

  GlobalAveragePooling2D(x, layer) {
    const [H, W, C] = x.shape, sums = new Float64Array(C)
    x.data.forEach((number, place) => { sums[place % C] += number })
    return {shape: layer.output, data: Float32Array.from(sums, sum => sum / (H * W))}
  },

  GlobalMaxPooling2D(x, layer) {
    const C = x.shape[2], y = new Float32Array(C).fill(-Infinity)
    x.data.forEach((number, place) => { y[place % C] = Math.max(y[place % C], number) })
    return {shape: layer.output, data: y}
  },

  // gamma · (x − mean) / √(variance + epsilon) + beta, with the mean and variance of the training
  BatchNormalization(x, {mean, variance, epsilon, gamma, beta}) {
    const C = x.shape.at(-1)
    const y = x.data.map((number, place) => {
      const c = place % C
      const normal = (number - mean[c]) / Math.sqrt(variance[c] + epsilon)
      return normal * (gamma ? gamma[c] : 1) + (beta ? beta[c] : 0)
    })
    return {shape: x.shape, data: y}
  },

  ZeroPadding2D(x, {before: [top, left], output}) {
    const y = made(output), [H, W, C] = x.shape
    for (let row = 0; row < H; row++)
      for (let place = 0; place < W * C; place++)
        y.data[((row + top) * output[1] + left) * C + place] = x.data[row * W * C + place]
    return y
  },

  Rescaling(x, {scale, offset}) {
    const C = x.shape.at(-1)
    const of = (numbers, place) => numbers.length > 1 ? numbers[place % C] : numbers[0]
    const y = x.data.map((number, place) => number * of(scale, place) + of(offset, place))
    return {shape: x.shape, data: y}
  },

  Activation: (x, {activation}) => activated(x, activation),
  Flatten: (x, {output}) => ({shape: output, data: x.data}),
  Reshape: (x, {output}) => ({shape: output, data: x.data}),
  Dropout: x => x, // only training drops numbers
}

const withBias = (sums, {output, bias, activation}) => {
  const F = output.at(-1)
  const z = Float32Array.from(sums, (sum, place) => sum + (bias ? bias[place % F] : 0))
  return activated({shape: output, data: z}, activation)
}

// Weights stand in the page as base64 of float32 numbers.
const numbersOf = text => {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  return Float32Array.from({length: bytes.length / 4}, (_, i) => view.getFloat32(4 * i, true))
}
const unpacked = layer => ({
  ...layer,
  ...Object.fromEntries(Object.entries(layer.weights).map(([name, text]) => [name, numbersOf(text)])),
})

// Returns what each layer gives, the input first: layer i reads the results `inputs` names.
const run = (layers, x) => {
  const results = [x]
  for (const layer of layers)
    results.push(LAYERS[layer.kind](...layer.inputs.map(i => results[i]), layer))
  return results
}
