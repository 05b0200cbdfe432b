// The command line in a process that stays, for suites that give many commands: starting one costs more than most of them.
// What a command is given and what becomes of it go through the channel to the parent; one is run after the other.
const { join } = require('node:path');
const { runProgram } = require(join(__dirname, '../../services/cli/dist/program.js'));

const run = async ({ args, env }) => {
  const out = [];
  const err = [];
  process.exitCode = 0;
  const streams = { env, out: (text) => out.push(text), err: (text) => err.push(text) };
  try {
    await runProgram(streams, args);
  } catch (error) {
    err.push(error.stack);
    process.exitCode = 1;
  }
  const text = (lines) => lines.map((line) => `${line}\n`).join('');
  return { code: process.exitCode, out: text(out), err: text(err) };
};

let last = Promise.resolve();
process.on('message', ({ id, ...command }) => {
  last = last.then(async () => process.send({ id, ...(await run(command)) }));
});
