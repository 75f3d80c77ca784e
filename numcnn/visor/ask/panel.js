// Shows the record of an answer: its text in the panel, and its receptive field on the maps.

const MINUS = text => String(text).replace(/-(?=\d)/g, "−")
const safe = text => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)
const askButton = ([level, place], name) =>
  `<button data-ask="${level},${place}" title="ask this number why">${safe(name)}</button>`

// The rows in the order that is chosen: that of the window, or the largest first.
function ordered({rows, sizes, columns}, bySize) {
  if (!bySize || !sizes.length) return rows.map((row, k) => [row, k])
  return sizes.map(([k, total]) => [columns.length > 1 ? [...rows[k].slice(0, -1), total] : rows[k], k])
}

function rowsOf(answer, bySize) {
  const weighted = answer.columns.length > 1
  const largest = Math.max(...answer.rows.map(row => Math.abs(Number(row[4])))) || 1
  const bar = product => { // behind the product, as long as it is large
    const colour = product < 0 ? "33, 102, 172" : "214, 96, 17", width = 100 * Math.abs(product) / largest
    return ` style="background: linear-gradient(to left, rgba(${colour}, 0.35) ${width}%, transparent ${width}%)"`
  }
  return ordered(answer, bySize).map(([[where, place, ...numbers], k]) =>
    `<tr${k === answer.winner ? ' class="winner"' : ""}><td>`
    + (place < 0 ? `<span class="pale">${safe(where)}</span>` : askButton([answer.levels[k], place], where)) + "</td>"
    + numbers.map((text, column) =>
      `<td${weighted && column === 2 ? bar(Number(text)) : ""}>${MINUS(text)}</td>`).join("") + "</tr>").join("")
}

function tableOf(answer, bySize) {
  if (!answer.rows.length) return ""
  const heads = answer.columns.map(name => `<th scope="col">${name}</th>`).join("")
  const rest = answer.rest === null ? "" : `<tr class="pale"><td>the other ${answer.rest[0]}</td>`
    + `<td></td><td></td><td>${MINUS(answer.rest[1])}</td><td></td></tr>`
  return `<div class="terms" tabindex="0" role="region" aria-label="terms"><table><thead><tr><th scope="col">${safe(answer.below)}</th>${heads}`
    + `</tr></thead><tbody>${rowsOf(answer, bySize)}${rest}</tbody></table></div>`
}

function orderOf(answer, bySize) {
  if (answer.rest !== null) return `<p class="order">The ${answer.rows.length} largest terms, the largest first:</p>`
  if (answer.rows.length < 2) return ""
  const choice = (name, label, chosen) => `<button data-order="${name}" aria-pressed="${chosen}">${label}</button>`
  return '<p class="order" role="group" aria-label="Order of the terms">Terms: '
    + choice("place", "as in the window", !bySize) + " " + choice("size", "largest first", bySize) + "</p>"
}

function linesOf(answer) {
  const last = answer.lines.length - 1
  return '<table class="lines">' + answer.lines.map(([label, operand, result], k) =>
    `<tr${k === last ? ' class="result"' : ""}><td>${safe(label)}</td><td>${MINUS(operand)}</td>`
    + `<td>${MINUS(result)}</td></tr>`).join("") + "</table>"
}

function classesOf(answer, asked) {
  if (!answer.classes.length) return ""
  return '<table class="classes"><thead><tr><th scope="col">class</th><th scope="col">z</th>'
    + '<th scope="col">e<sup>z − largest z</sup></th><th scope="col">probability</th><th></th></tr></thead>'
    + answer.classes.map(([name, z, e, p], c) =>
      `<tr${c === asked ? ' class="winner"' : ""}><td>${safe(name)}</td><td>${MINUS(z)}</td><td>${e}</td><td>${p}</td>`
      + `<td class="bar"><i style="width:${(100 * Number(p)).toFixed(1)}%"></i></td></tr>`).join("") + "</table>"
}

function trailOf(trail) {
  return '<nav class="trail" aria-label="the way here">' + trail.map(([level, place, name], k) =>
    k === trail.length - 1 ? `<b>${safe(name)}</b>`
      : askButton([level, place], name) + " › ").join("") + "</nav>"
}

function predictionOf({prediction, level, place}) {
  if (prediction === null || (prediction[0] === level && prediction[1] === place)) return ""
  return `<p class="trail">The prediction: ${askButton(prediction, `why “${prediction[2]}”?`)}</p>`
}

function show(answer, panel, marks, maps, bySize) {
  const trail = (panel.tags ?? []).filter(([level]) => level > answer.level)
  trail.push([answer.level, answer.place, answer.name])
  panel.tags = trail
  const width = answer.classes.length || 1
  const doubt = answer.agrees || !answer.lines.length ? ""
    : '<p class="warning">This arithmetic does not give the network’s number.</p>'
  const value = answer.lines.length ? answer.lines[answer.lines.length - 1][2] : Number(answer.value.toPrecision(8))
  panel.text = `<div class="top"><h3>${safe(answer.name)} = ${MINUS(value)}</h3>`
    + `<button class="fold" data-fold></button></div><p class="pale">${safe(answer.how)}</p>`
    + trailOf(trail) + orderOf(answer, bySize) + tableOf(answer, bySize) + linesOf(answer)
    + classesOf(answer, answer.place % width) + doubt + predictionOf(answer)
  for (const [level, source] of marks.entries()) {
    const {left, top} = maps[level].data
    const here = answer.fields.filter(([l, map]) => l === level && map < left.length)
    source.data = {
      left: here.map(([, map, , column]) => left[map] + column),
      right: here.map(([, map, , , , column]) => left[map] + column + 1),
      top: here.map(([, map, row]) => top[map] + row),
      bottom: here.map(([, map, , , row]) => top[map] + row + 1),
    }
  }
}

const answer = JSON.parse(answered.data.record[0])
if (answer !== null) show(answer, panel, marks, maps, answered.tags[0] === "size")
