import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A test, or a case of its table: the spec that it is in, and words that stand there once it exists. */
type Told = readonly [spec: string, words: string];

/** Tests of what was met, and of what is like it. */
interface Case {
  readonly met: readonly Told[];
  readonly alike: readonly Told[];
}

const ANSWERS = 'answers.spec.ts';
const BOUNDS = 'request-bounds.spec.ts';
const CHAT = 'domain/surfaces/openai-chat.spec.ts';
const COUNTED = 'counted-tokens.spec.ts';
const ESTIMATES = 'domain/experience.spec.ts';
const EVENTS = 'domain/streams/sse-reader.spec.ts';
const LIMITS = 'output-limits.spec.ts';
const MODELS = 'listed-models.spec.ts';
const REFUSALS = 'refusals.spec.ts';
const RELAYED = 'domain/passages/openai-stream.spec.ts';
const SECOND = 'second-attempts.spec.ts';
const SERVED = 'gateway.spec.ts';
const SURFACES = 'domain/surfaces/other-surfaces.spec.ts';
const USAGE = 'domain/settlement.spec.ts';

const within = (spec: string, ...words: readonly string[]): readonly Told[] =>
  words.map((one) => [spec, one] as const);

/** What servers and clients were met with that do it, by section and row, each with its own tests and two of its kind. */
const CASES: Readonly<Record<string, Case>> = {
  // Streams.
  '1.1 running usage, and a client that leaves': {
    met: [
      ...within(ANSWERS, "'as they go'", 'never take a smaller count for a later truth'),
      ...within(SERVED, 'keeps the doubt of a cut stream charged under a strict budget'),
    ],
    alike: within(ANSWERS, "'before anything else'", "'of nothing yet'"),
  },
  '1.2 an end without a word': {
    met: within(ANSWERS, 'that end without a word', 'half of an object'),
    alike: within(
      ANSWERS,
      'that end in the middle of an event',
      'that tell usage and no end',
      'that say nothing at all',
    ),
  },
  '1.3 a connection that stays open after the end': {
    met: within(ANSWERS, '[DONE], silent', '[DONE], with comments', 'the last finish reason'),
    alike: within(ANSWERS, 'that of two choices', '[DONE], whose usage is late'),
  },
  '1.4 a client that leaves at the end': {
    met: within(ANSWERS, "['[DONE]', [chunkOf('Hello'), usageChunk(), DONE]"),
    alike: within(ANSWERS, 'the last finish reason, before usage', '[DONE], of which nothing is told'),
  },
  '1.5 an event of megabytes, then usage': {
    met: within(ANSWERS, 'are read on after an event that is too large to be read'),
    alike: [
      ...within(
        RELAYED,
        'relays an event that is too large as it comes, counts it, and goes on reading after it',
      ),
      ...within(
        SERVED,
        'does not relay a credential that a stream gives back in pieces, in an event too large to be read',
      ),
      ...within(EVENTS, 'hands an event that is too large on in parts'),
    ],
  },
  '1.6 events of another content type': {
    met: within(ANSWERS, 'no content type', "'text/plain'", "'application/octet-stream'"),
    alike: within(ANSWERS, "['capitals', {", "['JSON', {", "['a page', {"),
  },
  '1.7 events that are compressed': {
    met: within(ANSWERS, "['gzip', gzipSync]"),
    alike: within(ANSWERS, "['br', brotliCompressSync]", "['deflate', deflateSync]"),
  },
  '1.8 events in answer to a plain call': {
    met: within(ANSWERS, 'is told as the plain answer that was asked for'),
    alike: within(
      ANSWERS,
      'a stream of tool calls is told with each of them whole',
      'a stream that tells of an error is a failure, and one that breaks off no answer',
    ),
  },
  '1.9 an error inside a stream': {
    met: within(
      ANSWERS,
      '\'data:{"error":',
      '\'data: { "error" : ',
      "'event: error",
      '"object":"error"',
      '"error":"overloaded","choices"',
      '"finish_reason":"error"',
    ),
    alike: within(
      ANSWERS,
      '\'event:error\\ndata: "overloaded"',
      '"type":"overloaded_error"},"type":"error"',
      'have not failed because their text speaks of an error',
    ),
  },
  '1.10 comments between events': {
    met: within(ANSWERS, 'have their comments passed on at once', 'have comments that are no text'),
    alike: [
      ...within(RELAYED, 'passes comments on at once, which are no text'),
      ...within(EVENTS, 'leaves a comment inside an event where it is'),
    ],
  },
  '1.11 other ends of lines, a byte order mark': {
    met: within(RELAYED, 'CR alone', 'a BOM before all'),
    alike: within(RELAYED, 'CR LF', 'a BOM and CR alone'),
  },
  // Plain answers.
  '2.1 an error with a status of success': {
    met: within(ANSWERS, "{ error: { message: 'no', code: 400 } }"),
    alike: within(ANSWERS, "{ error: 'no' }", "{ object: 'error', message: 'no', code: 404 }"),
  },
  '2.2 no answer with a status of success': {
    met: within(ANSWERS, "['a page', answered", "['no bytes'", "['202'", "['204'"),
    alike: within(ANSWERS, "['a text'", "['a list'"),
  },
  '2.3 usage in other places and words': {
    met: within(
      USAGE,
      'beside the choices',
      'in a vendor’s own place',
      'as text',
      'by other names',
      'never lets parts exceed the whole',
    ),
    alike: within(
      USAGE,
      'in the timings, cached input beside the rest',
      'with reasoning on top and in the total',
    ),
  },
  '2.4 a prompt without its cached part': {
    met: within(ANSWERS, 'total_tokens: 1_010'),
    alike: within(USAGE, 'in the timings, cached input beside the rest', 'with a hit of the cache'),
  },
  '2.5 another tier than was asked': {
    met: within(
      ANSWERS,
      "['plain', json({ id: 'c', choices: [], service_tier: 'priority'",
      'of a dearer tier are charged its price',
    ),
    alike: [
      ...within(ANSWERS, 'usageChunk().replace(\'{\', \'{"service_tier":"priority",\')'),
      ...within('domain/usage-kinds.spec.ts', "['flex', 15n]"),
    ],
  },
  '2.6 what is compressed, in any spelling': {
    met: within(
      ANSWERS,
      "['GZIP', gzipSync]",
      'that inflate a thousandfold are cut at the largest answer',
      'that are errors are inflated too',
    ),
    alike: within(ANSWERS, "['X-Gzip', gzipSync]", "['Br', brotliCompressSync]"),
  },
  '2.7 when to ask again': {
    met: within(ANSWERS, "{ 'retry-after': '1.5' }", "{ 'retry-after': new Date(", "'retry-after-ms': '250'"),
    alike: within(ANSWERS, "{ 'retry-after': 'soon' }", "'x-should-retry': 'maybe'"),
  },
  '2.8 a refusal beside a short credential': {
    met: within(
      'local-servers.spec.ts',
      "['EMPTY', 'the context is too long'",
      "['ollama', 'model",
      "['EMPTY', 'the key EMPTY is not known'",
    ),
    alike: within('local-servers.spec.ts', "['lm-studio'", "['ollama', 'ollama is not running'"),
  },
  '2.9 whose business a 403 is': {
    met: within(ANSWERS, "metadata: { reasons: ['violence'] }", "'permission_error'"),
    alike: within(ANSWERS, "'moderation_error'", "'access_denied'"),
  },
  '2.10 a failure after seconds of work': {
    met: within(ANSWERS, 'it.each([408, 504, 524])'),
    alike: [
      ...within(SERVED, 'charges the bound when the connection breaks before the answer'),
      ...within(ANSWERS, 'with which a provider speaks for itself, are free however late'),
    ],
  },
  '2.11 a parameter that the client did not give': {
    met: within(SECOND, 'is made without what the gateway put to a server that does not know it'),
    alike: within(
      SECOND,
      'is not made without what the client gave itself',
      'is not made where a server refuses something else',
    ),
  },
  '2.12 a kept connection that is reset': {
    met: within(
      SECOND,
      'is made on a connection of its own where one that had served before was reset',
      'is the last',
    ),
    alike: within(SECOND, 'the answer has begun', 'the provider may have worked'),
  },
  // Requests.
  '3.1 a name that begins as a slug does': {
    met: within('domain/resolve-model.spec.ts', "['@cf/meta/llama', '@any'"),
    alike: within('domain/resolve-model.spec.ts', "['@strict/small', 'any'", "['@any/small', '@strict']"),
  },
  '3.2 null': {
    met: within(SURFACES, 'takes null for absent, for every field'),
    alike: [
      ...within(
        'domain/passages/openai-chat-to-anthropic/request.spec.ts',
        'takes null, and what every answer does anyway',
      ),
      ...within(CHAT, 'replaces a null in its place'),
      ...within(LIMITS, '{ max_completion_tokens: null, n_predict: null }'),
    ],
  },
  '3.3 what a body is said to be': {
    met: within(BOUNDS, "'application/json, application/json'", "'json'", 'undefined]'),
    alike: within(BOUNDS, "'json', '',", "'text/plain; charset='"),
  },
  '3.4 an empty header beside a good one': {
    met: within('adapters/http/presented-key.spec.ts', "{ 'x-gatehouse-api-key': '', authorization"),
    alike: within(
      'adapters/http/presented-key.spec.ts',
      "{ 'x-gatehouse-api-key': '', 'x-portkey-api-key': ''",
      "{ 'x-portkey-api-key': '', 'x-api-key': ''",
    ),
  },
  '3.5 a browser': {
    met: within(
      'cross-origin.spec.ts',
      'is told nothing where none is listed',
      'may call where it is listed',
    ),
    alike: within('cross-origin.spec.ts', 'is not taken for one that is listed', 'may be any'),
  },
  '3.6 one model, and the head of a list': {
    met: within(
      MODELS,
      'are answered one by one, whatever slashes are in the name',
      'are looked up by their head alone',
    ),
    alike: within(MODELS, "['/v1/models/@acme/nobody', 404]", 'are not told to who has no key'),
  },
  '3.7 a way that leads back': {
    met: within(BOUNDS, 'what leads back to it is refused at once'),
    alike: within(BOUNDS, 'of too many', 'of none'),
  },
  // Bounds that did not bind.
  '4.1 an output limit by another name': {
    met: within(
      LIMITS,
      '{ max_tokens: 4_000, max_completion_tokens: 1 }',
      '{ max_tokens: 7, n_predict: 4_000 }',
      'is kept from a strict one where nobody knows what it means',
    ),
    alike: within(
      LIMITS,
      '{ MAX_TOKENS: 4_000, max_tokens: 1 }',
      "{ ['max_to\\u212aens']: 4_000, max_tokens: 1 }",
    ),
  },
  '4.2 what multiplies the output, and limits that are none': {
    met: within(
      LIMITS,
      '{ max_tokens: 100, best_of: 20 }',
      '{ max_tokens: 100, n_predict: -1 }',
      '{ max_tokens: 0 }',
    ),
    alike: within(LIMITS, '{ max_tokens: 100, num_return_sequences: 20 }', '{ num_predict: -2 }'),
  },
  '4.3 an image': {
    met: within(CHAT, 'of 1,024 × 512, six of the squares', 'that the provider fetches'),
    alike: within(
      CHAT,
      'that covers more squares than any',
      'takes an image that is said twice for as large as any',
    ),
  },
  '4.4 a long prompt whose answer is cut': {
    met: [
      ...within(
        COUNTED,
        'is charged the tokens of its prompt and of its text where a client leaves',
        'is admitted by the tokens of its prompt where its bytes find no room',
      ),
      ...within(ESTIMATES, 'errs high: a hundredth may be above it'),
    ],
    alike: within(
      COUNTED,
      'is charged so too where the usage of a whole stream never came',
      'is charged what frames %s',
    ),
  },
  '4.5 thoughts that nobody was told': {
    met: within(
      ESTIMATES,
      'are bounded by the time until a model spoke that may think',
      'are bounded by all of the time of one that was seen to hide them',
    ),
    alike: [
      ...within(ESTIMATES, 'come as fast as any answer did, also while answers are few'),
      ...within(ANSWERS, 'what is silent beside them is charged for its time'),
    ],
  },
  '4.6 a server that is faster than others': {
    met: within(
      ESTIMATES,
      "'its row does'",
      'is as fast as it was seen to be, above its row while answers are few',
    ),
    alike: within(ESTIMATES, 'nobody says so', 'its row says the contrary'),
  },
  '4.7 a template of the server’s own': {
    met: [
      ...within(ESTIMATES, 'adds a template that was longer than thought to every bound from then on'),
      ...within(SERVED, 'holds what a template of the server’s own came to, from then on'),
    ],
    alike: [
      ...within(ESTIMATES, 'learns no template of what was more than text'),
      ...within(CHAT, 'bounds a template of the client’s own by the context window'),
    ],
  },
  '4.8 what can never fit': {
    met: within(REFUSALS, "[false, 'nano_usd', '1000']"),
    alike: [
      ...within(REFUSALS, "[true, 'tokens', '10']"),
      ...within(SERVED, '256 tokens of output do not fit, and never will'),
    ],
  },
  '4.9 a request without an output limit, near exhaustion': {
    met: within(SERVED, 'gives it one that is of use, or refuses it'),
    alike: [
      ...within(SERVED, 'gives a request without an output limit one that the grant covers'),
      ...within(CHAT, 'never exceed what was granted, and use it'),
    ],
  },
  // What one key could do to everybody.
  '5.1 values and keys without end': {
    met: within(
      SURFACES,
      "'stream_options', 'service_tier'",
      'builds nothing large, and takes no more keys than a person writes',
    ),
    alike: within(SURFACES, "'service_tier', 'model'", "stream: 'x'.repeat(70_000)"),
  },
  '5.2 bodies that are half sent': {
    met: within(BOUNDS, 'of a length', 'is a quarter of what all bodies may, for one key'),
    alike: within(BOUNDS, 'in chunks', 'that never begins'),
  },
  '5.3 half a request, without a key': {
    met: within(BOUNDS, 'a word of it'),
    alike: within(BOUNDS, 'its headers', "['nothing', '', '']"),
  },
};

describe('what was met in the field', () => {
  const texts = new Map<string, string>();
  const textOf = (spec: string): string => {
    const known = texts.get(spec) ?? readFileSync(join(__dirname, spec), 'utf8');
    texts.set(spec, known);
    return known;
  };

  it.each(Object.entries(CASES))('%s has its test, and two more of its kind', (_row, { met, alike }) => {
    const tests = [...met, ...alike];
    expect(met.length).toBeGreaterThanOrEqual(1);
    expect(alike.length).toBeGreaterThanOrEqual(2);
    expect(new Set(tests.map((test) => test.join())).size).toBe(tests.length);
    expect(tests.filter(([spec, words]) => !textOf(spec).includes(words))).toEqual([]);
  });

  it.each([
    [1, 11],
    [2, 12],
    [3, 7],
    [4, 9],
    [5, 3],
  ])('all of section %d is in the list', (section, rows) => {
    const named = Object.keys(CASES).flatMap((name) => {
      const [at, row] = (name.split(' ')[0] ?? '').split('.').map(Number);
      return at === section ? [row] : [];
    });
    expect(named).toEqual(Array.from({ length: rows }, (_, index) => index + 1));
  });
});
