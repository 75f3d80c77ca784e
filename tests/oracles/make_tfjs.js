// Trains a small model in TensorFlow.js, and saves it with Adam's state: node make_tfjs.js FOLDER
const fs = require("fs");
const path = require("path");
const tf = require("@tensorflow/tfjs");

async function main() {
  await tf.setBackend("cpu");
  const folder = process.argv[2];
  const model = tf.sequential();
  model.add(tf.layers.conv2d({ inputShape: [8, 8, 1], filters: 3, kernelSize: 3, activation: "relu" }));
  model.add(tf.layers.batchNormalization());
  model.add(tf.layers.averagePooling2d({ poolSize: 2, padding: "same" }));
  model.add(tf.layers.reLU({ maxValue: 2 }));
  model.add(tf.layers.flatten());
  model.add(tf.layers.dense({ units: 6, kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }) }));
  model.add(tf.layers.leakyReLU({ alpha: 0.1 }));
  model.add(tf.layers.dropout({ rate: 0.25 }));
  model.add(tf.layers.dense({ units: 3, activation: "softmax" }));
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  const x = tf.randomNormal([12, 8, 8, 1], 0, 1, "float32", 5);
  const y = tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], "int32"), 3);
  await model.fit(x, y, { epochs: 5, verbose: 0 });
  await model.save(
    tf.io.withSaveHandler(async (saved) => {
      const bytes = Buffer.from(saved.weightData);
      // three shards, cut where a tensor is not at its end
      const cuts = [0, 101, 1001, bytes.length];
      const paths = [1, 2, 3].map((n) => `group1-shard${n}of3.bin`);
      paths.forEach((name, n) => fs.writeFileSync(path.join(folder, name), bytes.slice(cuts[n], cuts[n + 1])));
      const { modelTopology, format, generatedBy, convertedBy, trainingConfig } = saved;
      const weightsManifest = [{ paths, weights: saved.weightSpecs }];
      const said = { modelTopology, format, generatedBy, convertedBy, trainingConfig, weightsManifest };
      fs.writeFileSync(path.join(folder, "model.json"), JSON.stringify(said));
      return {};
    }),
    { includeOptimizer: true },
  );
  fs.writeFileSync(path.join(folder, "x.json"), JSON.stringify(Array.from(x.dataSync())));
}

main();
