/** Output of a server that goes on without a limit: as much as its window has room for. */
const WITHOUT_END = 4_000;

type Body = Readonly<Record<string, unknown>>;

const numberAt = (body: Body, name: string): number | undefined =>
  typeof body[name] === 'number' ? body[name] : undefined;
/** The first of the names that has a number. */
const firstOf = (body: Body, ...names: readonly string[]): number | undefined =>
  names.map((name) => numberAt(body, name)).find((value) => value !== undefined);
const limited = (limit: number | undefined): number =>
  limit === undefined || limit <= 0 ? WITHOUT_END : Math.min(limit, WITHOUT_END);
const times = (body: Body, ...names: readonly string[]): number =>
  Math.max(1, ...names.map((name) => numberAt(body, name) ?? (body[name] === true ? 4 : 1)));

/** Go's decoder of JSON takes a key in any case for the name that it stands for, and of several the last. */
const inAnyCase = (body: Body): Body =>
  Object.fromEntries(Object.entries(body).map(([name, value]) => [name.toUpperCase().toLowerCase(), value]));

/** How many tokens each kind of server generates at most for a body, by the names that it reads, in its order. */
export const GENERATED: Readonly<Record<string, (body: Body) => number>> = {
  // Its own name stands above OpenAI's, and below zero means without end.
  'llama-cpp': (body) =>
    limited(firstOf(body, 'n_predict', 'max_tokens', 'max_completion_tokens')) * times(body, 'n_cmpl', 'n'),
  lmstudio: (body) => limited(firstOf(body, 'max_tokens', 'max_completion_tokens')),
  localai: (body) => {
    const read = inAnyCase(body);
    return limited(firstOf(read, 'max_completion_tokens', 'max_tokens')) * times(read, 'n');
  },
  modal: (body) =>
    limited(firstOf(body, 'max_completion_tokens', 'max_tokens')) *
    times(body, 'n', 'best_of', 'use_beam_search'),
  ollama: (body) => limited(firstOf(inAnyCase(body), 'max_tokens')),
  // One of which nothing is known reads whatever allows most.
  'self-hosted': (body) => {
    const names = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'max_new_tokens'];
    const said = [...names, 'n_predict', 'num_predict'].flatMap((name) => (name in body ? [body[name]] : []));
    const most = said.map((value) => limited(typeof value === 'number' ? value : undefined));
    return (
      Math.max(...(most.length > 0 ? most : [WITHOUT_END])) *
      times(body, 'n', 'best_of', 'use_beam_search', 'num_beams', 'num_return_sequences', 'candidate_count')
    );
  },
  sglang: (body) => limited(firstOf(body, 'max_tokens', 'max_completion_tokens')) * times(body, 'n'),
  tgi: (body) => limited(firstOf(body, 'max_tokens', 'max_new_tokens')) * times(body, 'best_of'),
  vllm: (body) =>
    limited(firstOf(body, 'max_completion_tokens', 'max_tokens')) *
    times(body, 'n', 'best_of', 'use_beam_search'),
};
