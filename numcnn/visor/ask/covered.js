// Shows what covering does to the sample that is shown (covered.py), on a saved page.

const sample = held.indexOf(shown.data.sample[0])
if (sample >= 0) {
  const largest = drops[sample].reduce((most, drop) => Math.max(most, Math.abs(drop)), 0) || 1
  colour.low = -largest
  colour.high = largest
  pixels.data = {...pixels.data, image: [drops[sample]]}
  text.text = texts[sample]
}
layout.visible = shown.data.mode[0] > 0 && sample >= 0
