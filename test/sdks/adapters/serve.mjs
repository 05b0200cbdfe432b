import { createInterface } from 'node:readline';

/** What every adapter is started with: where the gateway is, without a path. */
export const gateway = process.argv[2];

/**
 * Answers calls, one JSON line each, with what the SDK gave: one JSON line each. `errorOf` says what it threw.
 * A call and what is heard are described in the README.
 */
export const serve = async (run, errorOf) => {
  for await (const line of createInterface({ input: process.stdin })) {
    const heard = await run(JSON.parse(line)).catch((error) => ({
      error: errorOf(error) || { class: error.constructor.name, message: String(error.stack) },
    }));
    process.stdout.write(`${JSON.stringify(heard)}\n`);
  }
};

/** Goes through a stream; leaves it where the call says so, as an SDK's user does. */
export const each = async (stream, { leave }, hear, abort = () => stream.controller.abort()) => {
  let pieces = 0;
  try {
    for await (const event of stream) {
      hear(event);
      pieces++;
      if (!leave) continue;
      abort();
      return { left: true };
    }
  } catch (error) {
    if (leave && pieces > 0) return { left: true };
    throw error;
  }
  return { pieces };
};

export const jsonSchema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
export const strictSchema = { ...jsonSchema, additionalProperties: false };
export const described = (name) => `Tells the ${name} of a city.`;
/** What a tool answers. */
export const RESULT = JSON.stringify({ found: true });
