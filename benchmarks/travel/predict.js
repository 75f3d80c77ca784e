// Predicts in Node with TensorFlow.js's CPU backend what asked.json asks for.
const fs = require("fs");
const path = require("path");
const tf = require("@tensorflow/tfjs");

// TensorFlow.js in Node reads no files by itself; this is what its own handlers do.
function fromDisk(file) {
  return {
    load: async () => {
      const said = JSON.parse(fs.readFileSync(file, "utf8"));
      const shards = said.weightsManifest.flatMap((group) => group.paths);
      const bytes = Buffer.concat(shards.map((name) => fs.readFileSync(path.join(path.dirname(file), name))));
      return {
        modelTopology: said.modelTopology,
        weightSpecs: said.weightsManifest.flatMap((group) => group.weights),
        weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
      };
    },
  };
}

async function main() {
  await tf.setBackend("cpu");
  const answers = [];
  for (const { name, model: file, shapes } of JSON.parse(fs.readFileSync(process.argv[2], "utf8"))) {
    try {
      const model = await tf.loadLayersModel(fromDisk(file));
      const xs = shapes.map((shape, k) => {
        const bytes = fs.readFileSync(path.join(path.dirname(file), `x${k}.bin`));
        return tf.tensor(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)), shape);
      });
      const ys = [model.predict(xs.length > 1 ? xs : xs[0])].flat();
      answers.push({ name, shapes: ys.map((y) => y.shape), ys: ys.map((y) => Array.from(y.dataSync())) });
    } catch (error) {
      answers.push({ name, error: String(error) });
    }
  }
  const beside = path.join(path.dirname(process.argv[2]), "answers.json");
  fs.writeFileSync(beside, JSON.stringify(answers));
}

main();
