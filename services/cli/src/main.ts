import { runProgram } from './program';

void runProgram({ env: process.env, out: console.log, err: console.error }, process.argv.slice(2));
