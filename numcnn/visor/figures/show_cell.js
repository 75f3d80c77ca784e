// Shows the images of the matrix's cell that is selected, and before one is, those of the mistakes
// (cell_images.py).  On a page with a tab Layers a click on an image asks there why.

const [cell] = cells.selected.indices, images = shown.data
const every = Array.from(images.sample, (_, k) => k) // the surest prediction first
const held = shown.document?.get_model_by_name("picker")?.tags[0]
const asks = sample => document.getElementById("layers") !== null && (!held || held.includes(sample))
const told = k => names[images.label[k]] + (images.label[k] === images.prediction[k] ? "" : `, read as ${names[images.prediction[k]]}`)

function figure(k, words) {
  const [width, height] = images.size[k], sample = images.sample[k]
  const image = `<img class="${images.kind[k]}" src="${images.url[k]}" width="${width}" height="${height}" alt="sample ${sample}">`
  const button = `<button data-show="${sample}" data-class="${images.prediction[k]}" data-caption="${told(k)}" title="ask why">${image}</button>`
  const percent = `${(100 * images.confidence[k]).toFixed(1)} % sure`
  const caption = `${words}${percent}`.replaceAll("-", "\u2011") // a name is not broken at its hyphen
  return `<figure>${asks(sample) ? button : image}<figcaption>${caption}</figcaption></figure>`
}
function galleryOf(chosen, words = () => "") {
  const hint = chosen.some(k => asks(images.sample[k])) ? "<p class='pale'>Click on an image to ask why.</p>" : ""
  return `${hint}<div class="gallery">${chosen.map(k => figure(k, words(k))).join("")}</div>`
}

if (cell === undefined) {
  const wrong = every.filter(k => images.label[k] !== images.prediction[k]).slice(0, most)
  gallery.text = invitation + (wrong.length
    ? `<h3>The surest mistakes</h3>${galleryOf(wrong, k => `${told(k)}<br>`)}`
    : "<h3>Every sample is classified correctly</h3>")
} else {
  const row = cells.data.row[cell], column = cells.data.column[cell], total = cells.data.count[cell]
  label.value = String(row)
  prediction.value = String(column)
  const here = every.filter(k => images.label[k] === row && images.prediction[k] === column)
  const some = here.length < total ? `; the ${here.length} surest` : ""
  const what = total === 1 ? "1 image" : `${total} images`
  gallery.text = `<h3>Label ${names[row]}, predicted as ${names[column]}: ${what}${some}</h3>` + galleryOf(here)
}
