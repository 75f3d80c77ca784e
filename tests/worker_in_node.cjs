// Runs assets/worker.js of a built course in Node, without a browser: one JSON message a line comes
// in, the worker's messages go out.  What a browser's worker has and Node has not is defined here.
"use strict"
const fs = require("fs"), path = require("path"), readline = require("readline")
const { fileURLToPath, pathToFileURL } = require("url")

const file = path.resolve(process.argv[2], "assets", "worker.js")
const send = message => fs.writeSync(1, `${JSON.stringify(message)}\n`)
const inside = {
  location: pathToFileURL(file).href,
  importScripts: address => {
    const { loadPyodide } = require(fileURLToPath(address))
    globalThis.loadPyodide = options =>
      loadPyodide({ ...options, indexURL: fileURLToPath(options.indexURL), stdout: () => {} })
  },
  fetch: async address => new Response(fs.readFileSync(fileURLToPath(address))),
  postMessage: send,
}
Object.assign(globalThis, inside, { self: globalThis })
new Function("self", "postMessage", "importScripts", "fetch", fs.readFileSync(file, "utf8"))(
  globalThis, send, inside.importScripts, inside.fetch)

let queue = Promise.resolve()
readline.createInterface({ input: process.stdin }).on("line", line => {
  queue = queue.then(() => globalThis.onmessage({ data: JSON.parse(line) }))
})
