import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A test, or a case of its table: the spec that it is in, and words that stand there once it exists. */
type Told = readonly [spec: string, words: string];

const ANSWERS = 'answers.spec.ts';
const BOUNDS = 'request-bounds.spec.ts';
const ESTIMATES = 'domain/experience.spec.ts';
const LIMITS = 'output-limits.spec.ts';
const MODELS = 'listed-models.spec.ts';
const RELAYED = 'domain/passages/openai-stream.spec.ts';
const SECOND = 'second-attempts.spec.ts';
const SERVED = 'gateway.spec.ts';
const SURFACES = 'domain/surfaces/other-surfaces.spec.ts';

const within = (spec: string, ...words: readonly string[]): readonly Told[] =>
  words.map((one) => [spec, one] as const);

/** What servers and clients were met with that do it, by section and row, each with its own test and two of its kind. */
const CASES: Readonly<Record<string, readonly Told[]>> = {
  // Streams.
  '1.1 running usage, and a client that leaves': [
    ...within(ANSWERS, 'that tell usage as they go', 'never take a smaller count for a later truth'),
    [SERVED, 'keeps the doubt of a cut stream charged under a strict budget'],
  ],
  '1.2 an end without a word': within(
    ANSWERS,
    'that end without a word',
    'that end in the middle of an event',
    'that tell usage and no end',
    'that say nothing at all',
    'half of an object',
  ),
  '1.3 a connection that stays open after the end': within(
    ANSWERS,
    '[DONE], silent',
    '[DONE], with comments',
    'the last finish reason',
  ),
  '1.4 a client that leaves at the end': within(
    ANSWERS,
    "['[DONE]', [chunkOf('Hello'), usageChunk(), DONE]",
    'the last finish reason, before usage',
    '[DONE], of which nothing is told',
  ),
  '1.5 an event of megabytes, then usage': [
    [ANSWERS, 'are read on after an event that is too large to be read'],
    [RELAYED, 'relays an event that is too large as it comes, counts it, and goes on reading after it'],
    [
      SERVED,
      'does not relay a credential that a stream gives back in pieces, in an event too large to be read',
    ],
    ['domain/streams/sse-reader.spec.ts', 'hands an event that is too large on in parts'],
  ],
  '1.6 events of another content type': within(
    ANSWERS,
    'no content type',
    "'text/plain'",
    "'application/octet-stream'",
  ),
  '1.7 events that are compressed': within(
    ANSWERS,
    "['gzip', gzipSync]",
    'brotliCompressSync]',
    'deflateSync]',
  ),
  '1.8 events in answer to a plain call': within(
    ANSWERS,
    'is told as the plain answer that was asked for',
    'a stream of tool calls is told with each of them whole',
    'a stream that tells of an error is a failure, and one that breaks off no answer',
  ),
  '1.9 an error inside a stream': within(
    ANSWERS,
    '\'data:{"error":',
    '\'data: { "error" : ',
    "'event: error",
    '"object":"error"',
    '"error":"overloaded","choices"',
    '"finish_reason":"error"',
  ),
  '1.10 comments between events': [
    ...within(ANSWERS, 'have their comments passed on at once', 'have comments that are no text'),
    [RELAYED, 'passes comments on at once, which are no text'],
    ['domain/streams/sse-reader.spec.ts', 'leaves a comment inside an event where it is'],
  ],
  '1.11 other ends of lines, a byte order mark': within(
    RELAYED,
    'CR alone',
    'a BOM before all',
    'a BOM and CR alone',
  ),
  // Plain answers.
  '2.1 an error with a status of success': within(
    ANSWERS,
    "{ error: { message: 'no', code: 400 } }",
    "{ error: 'no' }",
    "{ object: 'error', message: 'no', code: 404 }",
  ),
  '2.2 no answer with a status of success': within(ANSWERS, 'a page', 'no bytes', "['202'", "['204'"),
  '2.3 usage in other places and words': within(
    'domain/settlement.spec.ts',
    'beside the choices',
    'in a vendor’s own place',
    'as text',
    'by other names',
    'never lets parts exceed the whole',
  ),
  '2.4 a prompt without its cached part': [
    [ANSWERS, 'total_tokens: 1_010'],
    ...within(
      'domain/settlement.spec.ts',
      'in the timings, cached input beside the rest',
      'with a hit of the cache',
    ),
  ],
  '2.5 another tier than was asked': [
    ...within(ANSWERS, 'whose price nobody knows, are unpriced', 'of a dearer tier are charged its price'),
    ['domain/usage-kinds.spec.ts', "['flex', 15n]"],
  ],
  '2.6 what is compressed, in any spelling': within(
    ANSWERS,
    "['GZIP', gzipSync]",
    'that inflate a thousandfold are cut at the largest answer',
    'that are errors are inflated too',
  ),
  '2.7 when to ask again': within(
    ANSWERS,
    "{ 'retry-after': '1.5' }",
    "{ 'retry-after': new Date(",
    "'retry-after-ms': '250'",
    "'x-should-retry': 'maybe'",
  ),
  '2.8 a refusal beside a short credential': within(
    'local-servers.spec.ts',
    "['EMPTY', 'the context is too long'",
    "['ollama'",
    "['EMPTY', 'the key EMPTY is not known'",
  ),
  '2.9 whose business a 403 is': within(ANSWERS, 'flagged', 'moderation_error', 'permission_error'),
  '2.10 a failure after seconds of work': [
    ...within(ANSWERS, 'it.each([408, 504, 524])'),
    ...within(SERVED, 'charges the bound when the connection breaks before the answer', '[503, 502]'),
  ],
  '2.11 a parameter that the client did not give': within(
    SECOND,
    'is made without what the gateway put to a server that does not know it',
    'is not made without what the client gave itself',
    'is not made where a server refuses something else',
  ),
  '2.12 a kept connection that is reset': within(
    SECOND,
    'is made on a connection of its own where one that had served before was reset',
    'is the last',
    'the answer has begun',
    'the provider may have worked',
  ),
  // Requests.
  '3.1 a name that begins as a slug does': within(
    'domain/resolve-model.spec.ts',
    "['@cf/meta/llama', '@any'",
    "['@strict/small', 'any'",
    "['@any/small', '@strict']",
  ),
  '3.2 null': [
    [SURFACES, 'takes null for absent, for every field'],
    [
      'domain/passages/openai-chat-to-anthropic/request.spec.ts',
      'takes null, and what every answer does anyway',
    ],
    ['domain/surfaces/openai-chat.spec.ts', 'replaces a null in its place'],
    [LIMITS, '{ max_completion_tokens: null, n_predict: null }'],
  ],
  '3.3 what a body is said to be': within(
    BOUNDS,
    "'application/json, application/json'",
    "'json'",
    'undefined]',
  ),
  '3.4 an empty header beside a good one': within(
    'adapters/http/presented-key.spec.ts',
    "{ 'x-gatehouse-api-key': '', authorization",
    "{ 'x-gatehouse-api-key': '', 'x-portkey-api-key': ''",
    "{ 'x-portkey-api-key': '', 'x-api-key': ''",
  ),
  '3.5 a browser': within(
    'cross-origin.spec.ts',
    'is told nothing where none is listed',
    'may call where it is listed',
    'is not taken for one that is listed',
    'may be any',
  ),
  '3.6 one model, and the head of a list': within(
    MODELS,
    'are answered one by one, whatever slashes are in the name',
    'are looked up by their head alone',
    "['/v1/models/@acme/nobody', 404]",
  ),
  '3.7 a way that leads back': within(
    BOUNDS,
    'what leads back to it is refused at once',
    'of too many',
    'of none',
  ),
  // Bounds that did not bind.
  '4.1 an output limit by another name': within(
    LIMITS,
    '{ max_tokens: 4_000, max_completion_tokens: 1 }',
    '{ max_tokens: 7, n_predict: 4_000 }',
    '{ MAX_TOKENS: 4_000, max_tokens: 1 }',
    'is kept from a strict one where nobody knows what it means',
  ),
  '4.2 what multiplies the output, and limits that are none': within(
    LIMITS,
    '{ max_tokens: 100, best_of: 20 }',
    '{ max_tokens: 100, n_predict: -1 }',
    '{ max_tokens: 0 }',
    '{ max_tokens: 100, num_return_sequences: 20 }',
  ),
  '4.3 an image': within(
    'domain/surfaces/openai-chat.spec.ts',
    'of 1,024 × 512, six of the squares',
    'that the provider fetches',
    'that covers more squares than any',
  ),
  '4.4 a long prompt whose answer is cut': [
    ...within(
      'counted-tokens.spec.ts',
      'is charged the tokens of its prompt and of its text where a client leaves',
      'is admitted by the tokens of its prompt where its bytes find no room',
    ),
    ...within(
      ESTIMATES,
      'is what a prompt and a text of so many bytes come to',
      'errs high: a hundredth may be above it',
    ),
  ],
  '4.5 thoughts that nobody was told': within(
    ESTIMATES,
    'are bounded by the time until a model spoke that may think',
    'are bounded by all of the time of one that was seen to hide them',
    'come as fast as any answer did, also while answers are few',
  ),
  '4.6 a server that is faster than others': within(
    ESTIMATES,
    'nobody says so',
    'its row does',
    'is as fast as it was seen to be, above its row while answers are few',
  ),
  '4.7 a template of the server’s own': [
    ...within(
      ESTIMATES,
      'adds a template that was longer than thought to every bound from then on',
      'learns no template of what was more than text',
    ),
    [SERVED, 'holds what a template of the server’s own came to, from then on'],
    ['domain/surfaces/openai-chat.spec.ts', 'bounds a template of the client’s own by the context window'],
  ],
  '4.8 what can never fit': [
    ['refusals.spec.ts', "[false, 'nano_usd', '1000']"],
    ['refusals.spec.ts', "[true, 'tokens', '10']"],
    [SERVED, '256 tokens of output do not fit, and never will'],
  ],
  '4.9 a request without an output limit, near exhaustion': [
    ...within(
      SERVED,
      'gives a request without an output limit one that the grant covers',
      'gives it one that is of use, or refuses it',
    ),
    ['domain/surfaces/openai-chat.spec.ts', 'never exceed what was granted, and use it'],
  ],
  // What one key could do to everybody.
  '5.1 values and keys without end': within(
    SURFACES,
    "'stream_options', 'service_tier', 'model'",
    'builds nothing large, and takes no more keys than a person writes',
    "stream: 'x'.repeat(70_000)",
  ),
  '5.2 bodies that are half sent': within(
    BOUNDS,
    'of a length',
    'in chunks',
    'that never begins',
    'is a quarter of what all bodies may, for one key',
  ),
  '5.3 half a request, without a key': within(BOUNDS, 'a word of it', 'its headers', "['nothing', '', '']"),
};

describe('what was met in the field', () => {
  const texts = new Map<string, string>();
  const textOf = (spec: string): string => {
    const known = texts.get(spec) ?? readFileSync(join(__dirname, spec), 'utf8');
    texts.set(spec, known);
    return known;
  };

  it.each(Object.entries(CASES))('%s has its test, and two more of its kind', (_row, tests) => {
    expect(new Set(tests.map((test) => test.join())).size).toBeGreaterThanOrEqual(3);
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
