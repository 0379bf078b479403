// Coppice beside its peers on one model, in one run: rounds alternate between
// the programs, so that a slow moment of the machine hits all of them.
//
// usage: node compare.mjs MODEL.onnx [--rounds=5] [--coppice=PATH] [--python=PATH]
//
// Peers must be installed by hand: `npm install --ignore-scripts
// onnxruntime-node@1.30.0` in a folder of NODE_PATH, and Debian's python3-torch
// and python3-onnx. A missing peer is reported and left out.
import {execFileSync} from 'node:child_process';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const options = Object.fromEntries(
    process.argv.slice(3).map(a => a.replace(/^--/, '').split('=')));
const model = process.argv[2];
const rounds = Number(options.rounds || 5);
const coppice = options.coppice ||
    join(here, '..', 'build', 'release', 'bin', 'coppice');
if (!model) {
  console.error('usage: node compare.mjs MODEL.onnx [--rounds=N]');
  process.exit(2);
}

const run = (program, ...args) => JSON.parse(
    execFileSync(program, args, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']}));
const bench = (entry, ...args) => {
  const result = run(coppice, 'bench', model, '--quiet', '--profile=0', '--json=-', ...args);
  return result[entry].best_ms;
};
const contestants = {
  'inference, Coppice': () => bench('infer'),
  'inference, ONNX Runtime': () =>
      run('node', join(here, 'peers', 'onnxruntime.js'), model, '300').ms_min,
  'training step, Coppice': () => bench('train', '--update=full'),
  'training step, PyTorch': () =>
      run(options.python || '/usr/bin/python3',
          join(here, 'peers', 'pytorch_step.py'), model, '60').ms_min,
};

const best = {};
for (let round = 0; round < rounds; round++)
  for (const [name, measure] of Object.entries(contestants)) {
    if (best[name] === null) continue;
    try {
      best[name] = Math.min(best[name] ?? Infinity, measure());
    } catch (error) {
      console.error(`${name}: left out: ${String(error.stderr || error).trim().split('\n').pop()}`);
      best[name] = null;
    }
  }
for (const [name, ms] of Object.entries(best))
  console.log(`${name.padEnd(28)} ${ms === null ? 'not measured' : ms.toFixed(3) + ' ms'}`);
for (const [what, peer] of [['inference', 'ONNX Runtime'], ['training step', 'PyTorch']]) {
  const [ours, theirs] = [best[`${what}, Coppice`], best[`${what}, ${peer}`]];
  if (ours && theirs)
    console.log(`${what}: ${(theirs / ours).toFixed(2)} x the speed of ${peer}`);
}
