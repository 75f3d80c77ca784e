// Answers in a saved page: what is asked, of the numbers that the page holds (embedded.py), or, where
// it holds a sample's input alone, of those that it computes (forward.js).

const sample = shown.data.sample[0]
const of = (key, length, which) => key === null ? null // not subarray, which keeps the whole's shape
  : new Float32Array(arrays[key].buffer, arrays[key].byteOffset + 4 * which * length, length)
const plans = JSON.parse(plan).map(level => ({
  ...level,
  ...Object.fromEntries(["source", "start", "window", "weights"].map(
    name => [name, level[name] === null ? null : arrays[level[name]]])),
  steps: level.steps.map(step => ({...step, operand: arrays[step.operand]})),
}))

const held = samples.indexOf(sample)
function withNumbers() {
  if (held >= 0) return plans.map(level => ({
    ...level,
    y: of(level.y, level.count, held),
    z: of(level.z, level.count, held),
    gradients: level.gradients.map(key => of(key, level.count, held)),
  }))
  if (shown.computed?.sample !== sample) {
    const {count} = plans[0], first = others.samples.indexOf(sample) * count
    const input = Array.from({length: count}, (_, k) => arrays[others.inputs][first + k] / others.divisor)
    shown.computed = {sample, levels: forward(plans, input)}
  }
  return shown.computed.levels
}
const levels = withNumbers()

if (cb_obj === shown) {
  const mode = held < 0 ? 0 : shown.data.mode[0]
  without.visible = mode !== shown.data.mode[0]
  for (const [l, {y, gradients, H, W, maps}] of levels.entries()) {
    const numbers = mode === 0 ? y : gradients[mode - 1]
    const old = pixels[l].data.image, TwoAxes = old[0].constructor
    const drawn = old.map((_, map) => new TwoAxes(
      Array.from({length: H * W}, (_, cell) => numbers[cell * maps + map] ?? NaN), [H, W]))
    pixels[l].data = {...pixels[l].data, image: drawn}
    const largest = numbers.reduce((most, number) => Number.isFinite(number) ? Math.max(most, Math.abs(number)) : most, 0) || 1
    colours[l].low = -largest
    colours[l].high = largest
  }
  panel.tags = []

  // If the largest number of a followed level was asked, that of the new sample is asked now.
  const before = shown.tags, now = before.map(([l]) => [l, largestPlace(levels[l].y)])
  shown.tags = now
  const [level, place] = [asked.data.level[0], asked.data.place[0]]
  const follows = before.findIndex(([l, largest]) => l === level && largest === place)
  if (follows >= 0 && now[follows][1] !== place) {
    asked.data = {level: [level], place: [now[follows][1]]} // which is answered
    return
  }
}
const level = Math.min(asked.data.level[0], levels.length - 1)
answered.data = {record: [JSON.stringify(record(levels, level, asked.data.place[0], class_names))]}
