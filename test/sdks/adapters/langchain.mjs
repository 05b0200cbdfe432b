// LangChain's package for OpenAI: langchain.mjs <gateway>
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { described, each, gateway, jsonSchema, RESULT, serve, strictSchema } from './serve.mjs';

const configuration = { baseURL: `${gateway}/v1` };

const contentOf = ({ prompt, image }) =>
  image === undefined
    ? prompt
    : [
        { type: 'text', text: prompt },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
      ];

const modelOf = (call) => {
  const model = new ChatOpenAI({
    model: call.model,
    apiKey: call.key,
    maxTokens: call.maxTokens,
    maxRetries: 0,
    useResponsesApi: false,
    modelKwargs: call.parameters,
    configuration,
  });
  const { tools, choice, parallel } = call;
  if (!tools) return model;
  const bound = tools.map((name) => ({
    type: 'function',
    function: { name, description: described(name), parameters: jsonSchema },
  }));
  return model.bindTools(bound, {
    ...(choice !== undefined && { tool_choice: choice }),
    ...(parallel !== undefined && { parallel_tool_calls: parallel }),
  });
};

const heardOf = (message) => ({
  text: message.text,
  calls: (message.tool_calls ?? []).map(({ name, args }) => ({ name, arguments: args })),
  finish: message.response_metadata.finish_reason,
  usage: message.usage_metadata && {
    input: message.usage_metadata.input_tokens,
    output: message.usage_metadata.output_tokens,
  },
});

const plain = async (call, messages) => {
  const model = modelOf(call);
  if (call.structured) {
    const options = { name: 'place', method: 'jsonSchema', strict: true };
    const place = await model.withStructuredOutput(strictSchema, options).invoke(messages);
    return { text: JSON.stringify(place) };
  }
  const answer = await model.invoke(messages);
  if (!call.results || !answer.tool_calls?.length) return heardOf(answer);
  const results = answer.tool_calls.map(({ id }) => new ToolMessage({ tool_call_id: id, content: RESULT }));
  return heardOf(await model.invoke([...messages, answer, ...results]));
};

const streamed = async (call, messages) => {
  const abort = new AbortController();
  const stream = await modelOf(call).stream(messages, { signal: abort.signal });
  let sum;
  const told = await each(
    stream,
    call,
    (chunk) => {
      sum = sum ? sum.concat(chunk) : chunk;
    },
    () => abort.abort(),
  );
  return told.left ? told : { ...heardOf(sum), ...told };
};

const KINDS = {
  chat: (call) => (call.stream ? streamed : plain)(call, [new HumanMessage({ content: contentOf(call) })]),
  embeddings: async ({ key, model, input }) => {
    const embeddings = new OpenAIEmbeddings({ model, apiKey: key, maxRetries: 0, configuration });
    return { vectors: (await embeddings.embedDocuments(input)).map(({ length }) => length) };
  },
};

await serve(
  (call) => KINDS[call.kind](call),
  (error) =>
    error.status !== undefined && {
      class: error.constructor.name,
      ...{ status: error.status, code: error.code, param: error.param, message: error.message },
      requestId: error.requestID,
    },
);
