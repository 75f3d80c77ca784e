// Further layers of images in loops: other convolutions, sizes, norms.

// Where a place of an array is when only some of its axes are counted.
const indexOn = (axes, place, shape) => {
  let index = 0, step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (axes.includes(axis)) {
      index += place % shape[axis] * step
      step *= shape[axis]
    }
    place = Math.floor(place / shape[axis])
  }
  return index
}

Object.assign(LAYERS, {
  // z[oy, ox, c·M + m] = bias[c·M + m] + Σ x[row, column, c] · kernel[i, j, c, m]
  DepthwiseConv2D(x, layer) {
    const C = x.shape[2], M = layer.output[2] / C
    const sums = new Float64Array(size(layer.output))
    windows(x.shape, layer, (place, pixel, cell) => {
      for (let c = 0; c < C; c++)
        for (let m = 0; m < M; m++)
          sums[(place * C + c) * M + m] += x.data[pixel * C + c] * layer.kernel[(cell * C + c) * M + m]
    })
    return withBias(sums, layer)
  },

  // A window for each channel, then a sum over the channels of each pixel.
  SeparableConv2D(x, layer) {
    const {depthwise_kernel, pointwise_kernel, output: [H, W], middle} = layer
    const linear = {name: "linear"}
    const first = {...layer, kernel: depthwise_kernel, output: [H, W, middle], bias: null, activation: linear}
    return LAYERS.Dense(LAYERS.DepthwiseConv2D(x, first), {...layer, kernel: pointwise_kernel})
  },

  // Each pixel of x adds its window, x[row, column, c] · kernel[i, j, f, c], to the output.
  Conv2DTranspose(x, layer) {
    const [H, W, C] = x.shape, [OH, OW, F] = layer.output
    const {window: [KH, KW], strides: [SH, SW], before: [top, left], dilation: [DH, DW]} = layer
    const sums = new Float64Array(size(layer.output))
    for (let row = 0; row < H; row++)
      for (let column = 0; column < W; column++)
        for (let i = 0; i < KH; i++)
          for (let j = 0; j < KW; j++) {
            const oy = row * SH + i * DH - top, ox = column * SW + j * DW - left
            if (oy < 0 || oy >= OH || ox < 0 || ox >= OW) continue
            for (let f = 0; f < F; f++)
              for (let c = 0; c < C; c++)
                sums[(oy * OW + ox) * F + f] +=
                  x.data[(row * W + column) * C + c] * layer.kernel[((i * KW + j) * F + f) * C + c]
          }
    return withBias(sums, layer)
  },

  // y[oy, ox, c] = Σ rows[oy, row] · columns[ox, column] · x[row, column, c]
  Resampling(x, {rows, columns, output}) {
    const [H, W, C] = x.shape, [OH, OW] = output, y = made(output)
    for (let oy = 0; oy < OH; oy++)
      for (let row = 0; row < H; row++) {
        if (!rows[oy * H + row]) continue
        for (let ox = 0; ox < OW; ox++)
          for (let column = 0; column < W; column++) {
            const share = rows[oy * H + row] * columns[ox * W + column]
            if (!share) continue
            for (let c = 0; c < C; c++)
              y.data[(oy * OW + ox) * C + c] += share * x.data[(row * W + column) * C + c]
          }
      }
    return y
  },

  Cropping2D(x, {before: [top, left], output}) {
    const y = made(output), [OH, OW, C] = output, W = x.shape[1]
    for (let row = 0; row < OH; row++)
      for (let place = 0; place < OW * C; place++)
        y.data[row * OW * C + place] = x.data[((row + top) * W + left) * C + place]
    return y
  },

  // Axis k of y is axis dims[k] of x, counted from 1.
  Permute(x, {dims, output}) {
    const y = made(output)
    const steps = dims.map(axis => size(x.shape.slice(axis)))
    y.data.forEach((_, place) => {
      let from = 0, rest = place
      for (let axis = output.length - 1; axis >= 0; axis--) {
        from += rest % output[axis] * steps[axis]
        rest = Math.floor(rest / output[axis])
      }
      y.data[place] = x.data[from]
    })
    return y
  },

  // (x − mean) / √(variance + epsilon), over all numbers that lie alike on the axes `outside`; then
  // gamma and beta, which have the axes `own`.  `split` is the shape of x, its groups an axis.
  SampleNormalization(x, {split, outside, own, gamma, beta, epsilon}) {
    const sets = x.data.map((_, place) => indexOn(outside, place, split))
    const number = indexOn(outside, x.data.length - 1, split) + 1
    const [count, sum, squares] = [0, 0, 0].map(() => new Float64Array(number))
    x.data.forEach((value, place) => { count[sets[place]] += 1, sum[sets[place]] += value })
    x.data.forEach((value, place) => {
      squares[sets[place]] += (value - sum[sets[place]] / count[sets[place]]) ** 2
    })
    const y = x.data.map((value, place) => {
      const set = sets[place], k = indexOn(own, place, split)
      const normal = (value - sum[set] / count[set]) / Math.sqrt(squares[set] / count[set] + epsilon)
      return normal * (gamma ? gamma[k] : 1) + (beta ? beta[k] : 0)
    })
    return {shape: x.shape, data: y}
  },

  PReLU: (x, {alpha, slopes}) => {
    const slope = spread({shape: slopes, data: alpha}, x.shape)
    return {shape: x.shape, data: x.data.map((z, place) => z > 0 ? z : slope[place] * z)}
  },
})
