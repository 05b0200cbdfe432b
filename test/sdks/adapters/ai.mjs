// Vercel's packages: ai.mjs <gateway> <openai|anthropic>
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import {
  APICallError,
  embedMany,
  generateText,
  jsonSchema as schemaOf,
  Output,
  stepCountIs,
  streamText,
  tool,
} from 'ai';
import { described, each, gateway, jsonSchema, RESULT, serve, strictSchema } from './serve.mjs';

const MAKERS = {
  openai: (apiKey) => {
    const made = createOpenAI({ baseURL: `${gateway}/v1`, apiKey });
    // Its default is the Responses API, which no surface speaks yet.
    return { chat: (model) => made.chat(model), embedding: (model) => made.embeddingModel(model) };
  },
  anthropic: (authToken) => ({ chat: createAnthropic({ baseURL: `${gateway}/v1`, apiKey: authToken }) }),
};
const make = MAKERS[process.argv[3]];

const contentOf = ({ prompt, image }) => [
  { type: 'text', text: prompt },
  ...(image === undefined ? [] : [{ type: 'file', data: image, mediaType: 'image/png' }]),
];

const toolsOf = ({ tools, results }) =>
  tools &&
  Object.fromEntries(
    tools.map((name) => [
      name,
      tool({
        description: described(name),
        inputSchema: schemaOf(jsonSchema),
        ...(results && { execute: () => RESULT }),
      }),
    ]),
  );

const toolChoiceOf = ({ choice }) =>
  choice === undefined || ['auto', 'none', 'required'].includes(choice)
    ? choice
    : { type: 'tool', toolName: choice };

const optionsOf = (call) => ({
  model: make(call.key).chat(call.model),
  messages: [{ role: 'user', content: contentOf(call) }],
  maxOutputTokens: call.maxTokens,
  maxRetries: 0,
  tools: toolsOf(call),
  toolChoice: toolChoiceOf(call),
  providerOptions: {
    openai: { ...(call.parallel !== undefined && { parallelToolCalls: call.parallel }) },
    anthropic: { ...(call.parallel === false && { disableParallelToolUse: true }) },
  },
  ...(call.structured && { output: Output.object({ schema: schemaOf(strictSchema) }) }),
  ...(call.results && { stopWhen: stepCountIs(2) }),
});

const heardOf = ({ text, toolCalls, finishReason, usage }) => ({
  text,
  calls: toolCalls.map(({ toolName, input }) => ({ name: toolName, arguments: input })),
  finish: finishReason,
  usage: { input: usage.inputTokens, output: usage.outputTokens },
});

const streamed = async (call) => {
  const abort = new AbortController();
  let failed;
  const stream = streamText({
    ...optionsOf(call),
    abortSignal: abort.signal,
    onError: ({ error }) => {
      failed = error;
    },
  });
  const parts = (async function* () {
    for await (const part of stream.fullStream) if (/^(text|tool)-/.test(part.type)) yield part;
  })();
  const told = await each(
    parts,
    call,
    () => undefined,
    () => abort.abort(),
  );
  if (failed && !told.left) throw failed;
  if (told.left) return told;
  const [text, toolCalls, finishReason, usage] = await Promise.all([
    stream.text,
    stream.toolCalls,
    stream.finishReason,
    stream.usage,
  ]);
  return { ...heardOf({ text, toolCalls, finishReason, usage }), ...told };
};

const KINDS = {
  chat: async (call) =>
    call.stream ? streamed(call) : heardOf((await generateText(optionsOf(call))).steps.at(-1)),
  embeddings: async ({ key, model, input }) => {
    const embedding = { model: make(key).embedding(model), values: input, maxRetries: 0 };
    const { embeddings, usage } = await embedMany(embedding);
    return { vectors: embeddings.map(({ length }) => length), usage: { input: usage.tokens } };
  },
};

await serve(
  (call) => KINDS[call.kind](call),
  (error) =>
    APICallError.isInstance(error) && {
      class: 'APICallError',
      status: error.statusCode,
      code: error.data?.error?.code ?? JSON.parse(error.responseBody ?? '{}').error?.code,
      param: JSON.parse(error.responseBody ?? '{}').error?.param,
      message: error.message,
      requestId: error.responseHeaders?.['x-gatehouse-request-id'],
    },
);
