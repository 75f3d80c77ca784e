// Shows the record of an answer: its text in the panel, and its receptive field on the maps.

const MINUS = text => String(text).replace(/-(?=\d)/g, "−")
const safe = text => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)

function rowsOf(answer) {
  const below = k => (answer.levels || [])[k] ?? answer.level - 1 // the layer that a term comes from
  const ask = (where, place, k) => place < 0
    ? `<span class="pale">${safe(where)}</span>`
    : `<button data-ask="${below(k)},${place}" title="ask this number why">${safe(where)}</button>`
  const weighted = answer.columns.length > 1
  const largest = Math.max(...answer.rows.map(row => Math.abs(Number(row[4])))) || 1
  const bar = product => { // behind the product, as long as it is large
    const colour = product < 0 ? "33, 102, 172" : "214, 96, 17", width = 100 * Math.abs(product) / largest
    return ` style="background: linear-gradient(to left, rgba(${colour}, 0.35) ${width}%, transparent ${width}%)"`
  }
  return answer.rows.map(([where, place, ...numbers], k) =>
    `<tr${k === answer.winner ? ' class="winner"' : ""}><td>${ask(where, place, k)}</td>`
    + numbers.map((text, column) =>
      `<td${weighted && column === 2 ? bar(Number(text)) : ""}>${MINUS(text)}</td>`).join("") + "</tr>").join("")
}

function tableOf(answer) {
  if (!answer.rows.length) return ""
  const heads = answer.columns.map(name => `<th scope="col">${name}</th>`).join("")
  const rest = answer.rest === null ? "" : `<tr class="pale"><td>the other ${answer.rest[0]}</td>`
    + `<td></td><td></td><td>${MINUS(answer.rest[1])}</td><td></td></tr>`
  return `<div class="terms" tabindex="0" role="region" aria-label="terms"><table><thead><tr><th scope="col">${safe(answer.below)}</th>${heads}`
    + `</tr></thead><tbody>${rowsOf(answer)}${rest}</tbody></table></div>`
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
      : `<button data-ask="${level},${place}">${safe(name)}</button> › `).join("") + "</nav>"
}

function show(answer, panel, marks, maps) {
  const trail = (panel.tags ?? []).filter(([level]) => level > answer.level)
  trail.push([answer.level, answer.place, answer.name])
  panel.tags = trail
  const width = answer.classes.length || 1
  const doubt = answer.agrees || !answer.lines.length ? ""
    : '<p class="warning">This arithmetic does not give the network’s number.</p>'
  const value = answer.lines.length ? answer.lines[answer.lines.length - 1][2] : Number(answer.value.toPrecision(8))
  panel.text = trailOf(trail)
    + `<h3>${safe(answer.name)} = ${MINUS(value)}</h3><p class="pale">${safe(answer.how)}</p>`
    + tableOf(answer) + linesOf(answer) + classesOf(answer, answer.place % width) + doubt
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
if (answer !== null) show(answer, panel, marks, maps)
