// Times ONNX Runtime on a model: one thread, random input, JSON on stdout.
// usage: node onnxruntime.js MODEL.onnx RUNS
const ort = require('onnxruntime-node');

async function main() {
  const [model, runs] = [process.argv[2], Number(process.argv[3] || 200)];
  const session = await ort.InferenceSession.create(
      model, {intraOpNumThreads: 1, interOpNumThreads: 1});
  const feeds = {};
  for (const input of session.inputMetadata) {
    const shape = input.shape.map(d => typeof d === 'number' ? d : 1);
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    for (let i = 0; i < data.length; i++) data[i] = (i * 37 % 256) / 256;
    feeds[input.name] = new ort.Tensor('float32', data, shape);
  }
  const times = [];
  for (let i = 0; i < runs + 20; i++) {
    const start = process.hrtime.bigint();
    await session.run(feeds);
    if (i >= 20) times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  times.sort((a, b) => a - b);
  console.log(JSON.stringify(
      {peer: 'onnxruntime', ms_min: times[0], ms_median: times[times.length >> 1]}));
}
main();
