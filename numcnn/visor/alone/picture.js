// From the path of a pen to a picture like MNIST's: fitted into a box, inked, moved to its centre
// of mass.  numcnn.datasets.generated.ink does the same in Python, and says why.

const PAPER = 28, SPACING = 0.5, MOST_POINTS = 2000, CONTRAST = 1.2, THICKEST = 2.9
const RADIUS = Math.exp(0.25)
const boxOf = side => 2 * Math.round(side * 20 / 28 / 2)

// All strokes as points half a pixel apart, in pixels.
const curveOf = (strokes, side) => {
  const paths = strokes.map(stroke => stroke.map(([x, y]) => [x * side / PAPER, y * side / PAPER]))
  const walks = paths.map(path => {
    const walk = [0]
    for (let i = 1; i < path.length; i++)
      walk.push(walk[i - 1] + Math.hypot(path[i][0] - path[i - 1][0], path[i][1] - path[i - 1][1]))
    return walk
  })
  const length = walks.reduce((sum, walk) => sum + walk.at(-1), 0)
  const spacing = Math.max(SPACING, length / MOST_POINTS)
  return paths.flatMap((path, s) => {
    const walk = walks[s], steps = Math.ceil(walk.at(-1) / spacing)
    const points = []
    for (let n = 0, i = 0; n <= steps; n++) {
      const place = steps ? walk.at(-1) * n / steps : 0
      while (i < walk.length - 2 && walk[i + 1] < place) i++
      const next = Math.min(i + 1, path.length - 1)
      const share = walk[next] > walk[i] ? Math.min((place - walk[i]) / (walk[next] - walk[i]), 1) : 0
      points.push([0, 1].map(axis => path[i][axis] + share * (path[next][axis] - path[i][axis])))
    }
    return points
  })
}

const fitted = (curve, radius, side) => {
  const bounds = [0, 1].map(axis => {
    const values = curve.map(point => point[axis])
    return [Math.min(...values), Math.max(...values)]
  })
  const extent = Math.max(...bounds.map(([low, high]) => high - low))
  const scale = (boxOf(side) - 2 * radius) / Math.max(extent, 1e-6)
  return curve.map(point =>
    point.map((value, axis) => (value - (bounds[axis][0] + bounds[axis][1]) / 2) * scale + side / 2))
}

// From 0, paper, to 1, ink: the deepest disc of radius r around a point decides, (r² − d²) / 2r.
const inked = (curve, r, side) => {
  const depth = new Float64Array(side * side).fill(-1)
  for (const [x, y] of curve)
    for (let row = Math.floor(y) - 3; row <= Math.floor(y) + 3; row++)
      for (let column = Math.floor(x) - 3; column <= Math.floor(x) + 3; column++) {
        if (row < 0 || row >= side || column < 0 || column >= side) continue
        const square = (row + 0.5 - y) ** 2 + (column + 0.5 - x) ** 2
        const place = row * side + column
        depth[place] = Math.max(depth[place], r / 2 - square / (2 * r))
      }
  return depth.map(d => Math.min(Math.max(0.5 + CONTRAST * d, 0), 1))
}

// Moved by whole pixels to the centre of mass, and rounded to 255 greys.
const centred = (picture, side) => {
  const margin = (side - boxOf(side)) / 2 | 0
  let mass = 0, down = 0, across = 0
  picture.forEach((ink, place) => {
    mass += ink
    down += ink * (Math.floor(place / side) + 0.5)
    across += ink * (place % side + 0.5)
  })
  const shift = sum => Math.min(Math.max(Math.round(side / 2 + 0.5 - sum / mass), -margin), margin)
  const rows = shift(down), columns = shift(across), moved = new Float32Array(side * side)
  const source = (place, by) => (place - by + side) % side
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const ink = picture[source(row, rows) * side + source(column, columns)]
      moved[row * side + column] = Math.round(255 * ink) / 255
    }
  return moved
}

// Returns side · side numbers from 0 to 1, or null where nothing is drawn.
const pictureOf = (strokes, side) => {
  const drawn = strokes.filter(stroke => stroke.length)
  if (!drawn.length) return null
  const radius = Math.min(RADIUS * side / PAPER, THICKEST)
  return centred(inked(fitted(curveOf(drawn, side), radius, side), radius, side), side)
}
