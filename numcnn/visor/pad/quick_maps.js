// Paints numbers over those of their figures that are in the window, given as codes of colours
// (quick_maps.py).  Without codes the figures are seen again.

function layerOver(figure) {
  const view = Bokeh.index.find_one(figure), layers = view.canvas_view.overlays_el
  let canvas = layers.querySelector("canvas")
  if (!canvas) {
    canvas = document.createElement("canvas")
    canvas.style.cssText = "position: absolute; left: 0; top: 0"
    layers.append(canvas)
  }
  return [canvas, view]
}

// All maps of a level, one below the other, a pixel a number.
function column(codes, W, colours) {
  const canvas = new OffscreenCanvas(W, codes.length / W), context = canvas.getContext("2d")
  const picture = context.createImageData(canvas.width, canvas.height)
  new Uint32Array(picture.data.buffer).set(codes.map(code => colours[code]))
  context.putImageData(picture, 0, 0)
  return canvas
}

function paint(codes, figures, pixels, palette) {
  const colours = palette.map(text => { // as four bytes
    const [r, g, b] = [1, 3, 5].map(k => parseInt(text.slice(k, k + 2), 16))
    return new Uint32Array(new Uint8Array([r, g, b, 255]).buffer)[0]
  })
  codes = Uint32Array.from(codes) // for Bokeh's own arrays keep their shape, whatever is cut out
  const paper = getComputedStyle(document.documentElement).getPropertyValue("--paper")
  const layers = figures.map(layerOver)
  const seen = layers.map(([, {canvas_view}]) => { // asked of all before any is changed
    const {top, bottom} = canvas_view.el.getBoundingClientRect()
    return codes.length > 0 && bottom > 0 && top < innerHeight
  })
  let next = 0
  for (const [level, [canvas, {canvas_view, frame}]] of layers.entries()) {
    const {style} = canvas
    style.transition = codes.length ? "none" : "visibility 0s 0.1s" // when the figure is drawn
    style.visibility = seen[level] ? "visible" : "hidden"
    if (!codes.length) continue
    const {left, top, image} = pixels[level].data, [H, W] = image[0].shape
    const own = codes.subarray(next, next += left.length * H * W)
    if (!seen[level]) continue
    const maps = column(own, W, colours)
    const {width, height} = canvas_view.bbox, ratio = devicePixelRatio
    const context = canvas.getContext("2d")
    if (canvas.width !== Math.floor(width * ratio) || canvas.height !== Math.floor(height * ratio)) {
      style.width = `${width}px`
      style.height = `${height}px`
      canvas.width = width * ratio
      canvas.height = height * ratio
      context.scale(ratio, ratio)
      context.imageSmoothingEnabled = false
    }
    context.clearRect(0, 0, width, height)
    const x = place => frame.x_scale.compute(place), y = place => frame.y_scale.compute(place)
    for (const map of left.keys()) {
      const [x0, y0] = [x(left[map]), y(top[map])]
      context.drawImage(maps, 0, map * H, W, H, x0, y0, x(left[map] + W) - x0, y(top[map] + H) - y0)
    }
    // The colours follow their level's largest number; those beside the bar do not, so: no numbers.
    context.fillStyle = paper
    context.fillRect(frame.bbox.right + 22, 0, width, height)
  }
}
