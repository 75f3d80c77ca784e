// Shows the images of the matrix's cell that is selected (confusion.py).

const [cell] = cells.selected.indices
if (cell === undefined) { gallery.text = invitation; return }
const row = cells.data.row[cell], column = cells.data.column[cell]
const total = cells.data.count[cell], images = shown.data
label.value = String(row)
prediction.value = String(column)
const figures = []
for (let k = 0; k < images.label.length; k++) {
  if (images.label[k] !== row || images.prediction[k] !== column) continue
  const [width, height] = images.size[k]
  const percent = (100 * images.confidence[k]).toFixed(1)
  figures.push(`<figure><img class="${images.kind[k]}" src="${images.url[k]}" width="${width}"`
    + ` height="${height}" alt="sample ${images.sample[k]}"><figcaption>${percent} % sure`
    + `</figcaption></figure>`)
}
const some = figures.length < total ? `; the ${figures.length} surest` : ""
const what = total === 1 ? "1 image" : `${total} images`
gallery.text = `<h3>Label ${names[row]}, predicted as ${names[column]}: ${what}${some}</h3>`
  + `<div class="gallery">${figures.join("")}</div>`
