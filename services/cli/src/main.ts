import { runProgram } from './program';
import { endWhereUnheard } from './unheard';

endWhereUnheard(process.stdout, process.stderr, (code) => process.exit(code));

void runProgram({ env: process.env, out: console.log, err: console.error }, process.argv.slice(2));
