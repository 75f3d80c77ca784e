// Makes graphs in TensorFlow.js, and saves them with a batch each: node make_tfjs_graphs.js FOLDER
const fs = require("fs");
const path = require("path");
const tf = require("@tensorflow/tfjs");

const L = tf.layers;

// A block of MobileNet: for each channel a window, then over the channels; ReLU ends at 6.
function mobile(x, filters, strides, name) {
  let y = L.depthwiseConv2d({ kernelSize: 3, strides, padding: "same", useBias: false, name: `conv_dw_${name}` }).apply(x);
  y = L.batchNormalization({ name: `conv_dw_${name}_bn` }).apply(y);
  y = L.reLU({ maxValue: 6, name: `conv_dw_${name}_relu` }).apply(y);
  y = L.conv2d({ filters, kernelSize: 1, padding: "same", useBias: false, name: `conv_pw_${name}` }).apply(y);
  y = L.batchNormalization({ name: `conv_pw_${name}_bn` }).apply(y);
  return L.activation({ activation: "relu6", name: `conv_pw_${name}_relu` }).apply(y);
}

// As Teachable Machine builds its image models: MobileNet without its head, then the student's own.
function teachable() {
  const x = tf.input({ shape: [12, 12, 3], name: "input_1" });
  let y = L.zeroPadding2d({ padding: [[0, 1], [0, 1]], name: "conv1_pad" }).apply(x);
  y = L.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: "valid", useBias: false, name: "conv1" }).apply(y);
  y = L.reLU({ maxValue: 6, name: "conv1_relu" }).apply(L.batchNormalization({ name: "conv1_bn" }).apply(y));
  y = mobile(mobile(y, 6, 1, "1"), 8, 2, "2");
  const trunk = tf.sequential({ layers: [tf.model({ inputs: x, outputs: y }), L.globalAveragePooling2d({})] });
  const head = tf.sequential();
  head.add(L.dense({ inputShape: [8], units: 5, activation: "relu", useBias: true }));
  head.add(L.dense({ units: 3, useBias: false, activation: "softmax" }));
  const model = tf.sequential();
  model.add(trunk);
  model.add(head);
  return model;
}

function residual() {
  const x = tf.input({ shape: [8, 8, 3] });
  const y = L.conv2d({ filters: 4, kernelSize: 3, padding: "same" }).apply(x);
  let z = L.layerNormalization().apply(L.conv2d({ filters: 4, kernelSize: 3, padding: "same" }).apply(y));
  z = L.prelu({ sharedAxes: [1, 2] }).apply(L.add().apply([y, z]));
  const other = L.separableConv2d({ filters: 3, kernelSize: 3, padding: "same" }).apply(x);
  const joined = L.concatenate().apply([z, other, L.maximum().apply([x, other])]);
  const up = L.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: "same" }).apply(joined);
  const grown = L.upSampling2d({ size: [2, 2] }).apply(L.average().apply([x, other]));
  const both = L.concatenate().apply([up, grown]);
  const row = L.flatten().apply(L.permute({ dims: [2, 1, 3] }).apply(L.cropping2D({ cropping: [[1, 2], [3, 0]] }).apply(both)));
  return tf.model({ inputs: x, outputs: L.dense({ units: 4, activation: "softmax" }).apply(row) });
}

// A layer that is called twice, a model that is, two inputs, two outputs.
function twice() {
  const a = tf.input({ shape: [6, 6, 1], name: "left" }), b = tf.input({ shape: [6, 6, 1], name: "right" });
  const conv = L.conv2d({ filters: 3, kernelSize: 3, activation: "tanh" });
  const tower = tf.sequential();
  tower.add(L.flatten({ inputShape: [4, 4, 3] }));
  tower.add(L.dense({ units: 5 }));
  const rows = [tower.apply(conv.apply(a)), tower.apply(conv.apply(b))];
  const met = L.multiply().apply(rows), least = L.minimum().apply(rows);
  const kind = L.dense({ units: 3, activation: "softmax" }).apply(met);
  return tf.model({ inputs: [a, b], outputs: [kind, L.dense({ units: 1 }).apply(least)] });
}

async function save(model, folder, more) {
  fs.mkdirSync(folder, { recursive: true });
  model.setWeights(model.weights.map((weight, k) => {
    const range = weight.name.includes("variance") ? [0.5, 2] : [-0.5, 0.5];
    return tf.randomUniform(weight.shape, ...range, "float32", k + 1);
  }));
  await model.save(tf.io.withSaveHandler(async (saved) => {
    fs.writeFileSync(path.join(folder, "weights.bin"), Buffer.from(saved.weightData));
    const { modelTopology, format, generatedBy, convertedBy } = saved;
    const weightsManifest = [{ paths: ["./weights.bin"], weights: saved.weightSpecs }];
    const said = { modelTopology, format, generatedBy, convertedBy, weightsManifest };
    fs.writeFileSync(path.join(folder, "model.json"), JSON.stringify(said));
    return {};
  }));
  for (const [name, text] of Object.entries(more)) fs.writeFileSync(path.join(folder, name), text);
  const shapes = model.inputs.map((input) => [3, ...input.shape.slice(1)]);
  const xs = shapes.map((shape, k) => tf.randomNormal(shape, 0, 1, "float32", 9 + k));
  const numbers = xs.map((x) => Array.from(x.dataSync()));
  fs.writeFileSync(path.join(folder, "x.json"), JSON.stringify({ shapes, numbers }));
}

async function main() {
  await tf.setBackend("cpu");
  const metadata = {
    tfjsVersion: tf.version.tfjs, tmVersion: "2.4.7", packageName: "@teachablemachine/image",
    timeStamp: "2026-11-28T00:00:00.000Z", userMetadata: {}, modelName: "tm-my-image-model",
    labels: ["rock", "paper", "scissors"], imageSize: 12,
  };
  const folder = (name) => path.join(process.argv[2], name);
  await save(teachable(), folder("teachable"), { "metadata.json": JSON.stringify(metadata) });
  await save(residual(), folder("residual"), {});
  await save(twice(), folder("twice"), {});
}

main();
