// Answers in a saved page: what is asked, of the numbers that the page holds (embedded.py).

const sample = shown.data.sample[0], mode = shown.data.mode[0]
const of = (key, length, which = sample) => key === null ? null // not subarray, which keeps the whole's shape
  : new Float32Array(arrays[key].buffer, arrays[key].byteOffset + 4 * which * length, length)
const plans = JSON.parse(plan)
const levels = plans.map(level => ({
  ...level,
  y: of(level.y, level.count),
  z: of(level.z, level.count),
  gradients: level.gradients.map(key => of(key, level.count)),
  ...Object.fromEntries(["source", "start", "window", "weights"].map(
    name => [name, level[name] === null ? null : arrays[level[name]]])),
  steps: level.steps.map(step => ({...step, operand: arrays[step.operand]})),
}))

if (cb_obj === shown) {
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

  // Who asked for the prediction asks for the new one.
  const {y, count} = plans.at(-1), largest = numbers => numbers.indexOf(Math.max(...numbers))
  const [before = 0] = shown.tags
  shown.tags = [sample]
  const [old, place] = [before, sample].map(which => largest(of(y, count, which)))
  if (asked.data.level[0] === levels.length - 1 && asked.data.place[0] === old && place !== old) {
    asked.data = {level: [levels.length - 1], place: [place]} // which is answered
    return
  }
}
const level = Math.min(asked.data.level[0], levels.length - 1)
answered.data = {record: [JSON.stringify(record(levels, level, asked.data.place[0], class_names))]}
