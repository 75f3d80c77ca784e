// The worker: loads Pyodide and numcnn, and runs what the page sends.
"use strict"
let python = null
const here = new URL(".", self.location)

async function load(runtime) {
  const index = new URL(runtime, here).href
  importScripts(`${index}pyodide.js`)
  const pyodide = await loadPyodide({ indexURL: index, env: { NUMCNN_ENGINE: "reference", HOME: "/home/pyodide" } })
  await pyodide.loadPackage(["numpy", "pillow"], { messageCallback: () => {} })
  const answer = await fetch(new URL("numcnn.zip", here))
  if (!answer.ok) throw new Error(`numcnn.zip: ${answer.status}`)
  pyodide.FS.writeFile("/tmp/numcnn.zip", new Uint8Array(await answer.arrayBuffer()))
  pyodide.globals.set("send", text => postMessage({ event: JSON.parse(text) }))
  pyodide.runPython(`
import sys, zipfile
zipfile.ZipFile("/tmp/numcnn.zip").extractall("/tmp/site")
sys.path.insert(0, "/tmp/site")
import json
from numcnn.course.session import Session
session = Session()
def emit(event):
    send(json.dumps(event))
def check(chapter, code, language):
    from numcnn.course.exercises import examine
    return json.dumps(examine(chapter, code, language).to_dict())
`)
  return pyodide
}

self.onmessage = async ({ data }) => {
  const { number, kind } = data
  try {
    let value = null
    if (kind === "load") python = await load(data.runtime)
    else if (kind === "run") {
      value = python.globals.get("session").run(data.code, data.place, python.globals.get("emit"))
    } else if (kind === "check") {
      value = JSON.parse(python.globals.get("check")(data.chapter, data.code, data.language))
    }
    postMessage({ number, value })
  } catch (error) {
    postMessage({ number, error: error.message ?? String(error) })
  }
}
