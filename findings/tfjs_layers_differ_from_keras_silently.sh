#!/usr/bin/env bash
# TensorFlow.js: layers that load from a Keras configuration, and then compute something else.
#
# TensorFlow.js's layers API reads the configurations of Keras 2, and its documentation describes the
# same arguments.  One expects that an argument that a layer accepts, and writes into its own
# configuration again, has its effect.  Three do not, and none of them says so:
#
# * DepthwiseConv2D accepts dilationRate, returns it in getConfig(), and convolves without dilation,
#   while SeparableConv2D, of which it is the first half, and Conv2D do dilate.
# * UpSampling2D with interpolation "bilinear" takes the corners of pixels, not their centres: from a
#   row 0, 1 come 0, 0.5, 1, 1, where Keras, PyTorch and ONNX give 0, 0.25, 0.75, 1.
# * Resizing keeps the corners ("align corners") unless cropToAspectRatio is true, which does not
#   crop: it only changes which pixels are read.
#
# Output with TensorFlow.js 4.22.0, Node 20, Linux x86-64:
#   tfjs 4.22.0
#   Conv2D dilated by 2, of a window of ones on 1..5: 4,6,8
#   DepthwiseConv2D dilated by 2, the same: 3,5,7,9 and its configuration says [1,2]
#   UpSampling2D bilinear of 0, 1: 0,0.5,1,1
#   Resizing of 0, 1 to four: 0,0.333,0.667,1; with cropToAspectRatio: 0,0.5,1,1
#   as described
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > layers.js <<'JAVASCRIPT'
const tf = require("@tensorflow/tfjs");
const row = (numbers) => tf.tensor(numbers, [1, 1, numbers.length, 1]);
const said = (y) => Array.from(y.dataSync(), (n) => +n.toFixed(3)).join(",");

async function main() {
  await tf.setBackend("cpu");
  console.log(`tfjs ${tf.version.tfjs}`);
  const window = { kernelSize: [1, 2], dilationRate: [1, 2], useBias: false };
  const conv = tf.layers.conv2d({ ...window, filters: 1, kernelInitializer: "ones" });
  const depthwise = tf.layers.depthwiseConv2d({ ...window, depthwiseInitializer: "ones" });
  const x = row([1, 2, 3, 4, 5]);
  console.log(`Conv2D dilated by 2, of a window of ones on 1..5: ${said(conv.apply(x))}`);
  const dilation = JSON.stringify(depthwise.getConfig().dilationRate);
  console.log(`DepthwiseConv2D dilated by 2, the same: ${said(depthwise.apply(x))} and its configuration says ${dilation}`);
  const up = tf.layers.upSampling2d({ size: [1, 2], interpolation: "bilinear" });
  console.log(`UpSampling2D bilinear of 0, 1: ${said(up.apply(row([0, 1])))}`);
  const resized = [false, true].map((cropToAspectRatio) =>
    said(tf.layers.resizing({ height: 1, width: 4, cropToAspectRatio }).apply(row([0, 1]))));
  console.log(`Resizing of 0, 1 to four: ${resized[0]}; with cropToAspectRatio: ${resized[1]}`);
}

main();
JAVASCRIPT

npm install --silent --no-audit --no-fund @tensorflow/tfjs@4.22.0 > /dev/null
node layers.js 2>/dev/null | grep -v "^$\|^=\|^Hi" | tee output
grep -q "on 1..5: 4,6,8" output
grep -q "the same: 3,5,7,9 and its configuration says \[1,2\]" output
grep -q "of 0, 1: 0,0.5,1,1" output
grep -q "to four: 0,0.333,0.667,1; with cropToAspectRatio: 0,0.5,1,1" output
echo "as described"
