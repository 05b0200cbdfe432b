// Loaded into every process of a product (NODE_OPTIONS). In a gateway's it tries what a worker must not be able to do, and writes what came of
// it as one line of the log, before the gateway's own code runs. In the primary, which may do all of this, the same attempts show that they try what they say.
const path = require('node:path');

const journals = (task) => {
  const data = process.env.GATEHOUSE_DATA_DIR;
  const own = path.join(data, task && task.slot > 0 ? `worker-${task.slot}` : '', 'journal');
  const other = path.join(data, task && task.slot > 0 ? '' : 'worker-1', 'journal');
  return { data, own, other };
};

const attempts = (task) => {
  const fs = require('node:fs');
  const { spawnSync } = require('node:child_process');
  const { data, own, other } = journals(task);
  const name = `tried-${process.pid}`;
  const write = (directory) => {
    const file = path.join(directory, name);
    fs.writeFileSync(file, 'x');
    fs.rmSync(file);
  };
  const undone = (make, file) => {
    make();
    fs.rmSync(file);
  };
  const link = path.join(own, name);
  return {
    'write in its journal': () => write(own),
    'write in its configuration': () => write(path.join(own, '..', 'configuration')),
    'read what says which boot this is': () => fs.readFileSync('/proc/sys/kernel/random/boot_id'),
    'start a program': () => {
      const { error } = spawnSync('true');
      if (error) throw error;
    },
    'start a thread': () => void new (require('node:worker_threads').Worker)('0', { eval: true }).terminate(),
    'load what is not JavaScript': () => process.dlopen({ exports: {} }, process.execPath),
    'reach the insides of Node': () => process.binding('fs'),
    'open its debugger': () => {
      const inspector = require('node:inspector');
      inspector.open(0);
      inspector.close();
    },
    // Which is not there on Node 20, nor in workers of later ones.
    'open a database elsewhere': () => {
      if (process.versions.node.startsWith('20.') && !task) return;
      const { DatabaseSync } = require('node:sqlite');
      new DatabaseSync(':memory:').close();
    },
    'write elsewhere': () => write(require('node:os').tmpdir()),
    'write beside its journal': () => write(data),
    'write in another’s journal': () => write(other),
    'read another’s journal': () => fs.readdirSync(other),
    'write by a path that leads out': () =>
      fs.writeFileSync(`${own}/../../${path.basename(data)}/${name}`, 'x'),
    'write in its code': () => write(path.join(__dirname)),
    'write among packages': () => write(path.dirname(require.resolve('typescript7/package.json'))),
    'link to elsewhere': () => undone(() => fs.symlinkSync('/etc', link), link),
    'link to a file elsewhere': () =>
      undone(() => fs.linkSync(path.join(data, '..', 'secrets.json'), link), link),
    'read the secrets of the installation': () => fs.readFileSync(path.join(data, '..', 'secrets.json')),
    'read what is open to all': () => fs.readFileSync('/etc/passwd'),
    'read its environment as a file': () => fs.readFileSync('/proc/self/environ'),
    'read by a descriptor of another': () => fs.readFileSync(`/proc/${process.ppid}/environ`),
    'look into a directory elsewhere': () => fs.readdirSync('/etc'),
  };
};

/** What the primary syncs for it: each answer is a line of the log. */
const askPrimary = (task) => {
  const { data, own, other } = journals(task);
  const paths = Object.entries({ own, other, beside: data, elsewhere: '/etc' });
  process.on('message', ({ kind, id, error }) => {
    const [what] = kind === 'synced' ? (paths[-1 - id] ?? []) : [];
    if (what !== undefined)
      process.stdout.write(`${JSON.stringify({ level: 30, msg: 'synced', what, error: error?.message })}\n`);
  });
  for (const [index, [, path]] of paths.entries()) process.send({ kind: 'sync', id: -1 - index, path });
};

const tried = (attempt) => {
  try {
    attempt();
    return 'done';
  } catch (error) {
    return error.code ?? error.message;
  }
};

if (/services[/\\]gateway[/\\]dist[/\\]bundle\.cjs$/.test(process.argv[1] ?? '')) {
  const { GATEHOUSE_WORKER_TASK: task } = process.env;
  // Those of a primary are made once its workers' directories are there.
  const say = () => {
    const all = Object.entries(attempts(task && JSON.parse(task)));
    const outcomes = Object.fromEntries(all.map(([what, attempt]) => [what, tried(attempt)]));
    process.stdout.write(
      `${JSON.stringify({ level: 30, msg: 'tried', role: task ? 'worker' : 'primary', outcomes })}\n`,
    );
  };
  if (task) {
    say();
    askPrimary(JSON.parse(task));
  } else process.on('SIGUSR2', say);
}
