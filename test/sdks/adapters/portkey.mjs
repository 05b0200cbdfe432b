// Portkey's package, for its admin API: portkey.mjs <base URL>
import { createRequire } from 'node:module';
import { gateway, serve } from './serve.mjs';

// Its modules for import need a flag of Node's that its users set in their compiler.
const { default: Portkey } = createRequire(import.meta.url)('portkey-ai');

/** `{key, path: ['integrations', 'create'], args}`: the method at that path. */
const run = async ({ key, path, args }) => {
  const client = new Portkey({ apiKey: key, baseURL: gateway });
  const owner = path.slice(0, -1).reduce((at, name) => at[name], client);
  return { answer: await owner[path.at(-1)](args) };
};

const errorOf = ({ constructor, message, status, error }) => ({
  class: constructor.name,
  message,
  status,
  body: error,
});

await serve(run, errorOf);
