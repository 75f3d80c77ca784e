// Predicts in a browser with a model that is given as its model.json and bytes.
async function predict({ said, bytes, shapes, xs }) {
  await tf.setBackend("cpu");
  const weightSpecs = said.weightsManifest.flatMap((group) => group.weights);
  const weightData = Uint8Array.from(bytes).buffer;
  try {
    const saved = { modelTopology: said.modelTopology, weightSpecs, weightData };
    const model = await tf.loadLayersModel({ load: async () => saved });
    const given = xs.map((x, k) => tf.tensor(x, shapes[k]));
    const ys = [model.predict(given.length > 1 ? given : given[0])].flat();
    return { shapes: ys.map((y) => y.shape), ys: ys.map((y) => Array.from(y.dataSync())) };
  } catch (error) {
    return { error: String(error) };
  }
}
