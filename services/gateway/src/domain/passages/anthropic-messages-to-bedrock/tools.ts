import { type Json, isObject, objectOf, objectsIn } from '../../json-values';
import { leaveOutOfTool, listAt, objectAt, type Omissions, textAt, textOf } from '../translation';
import { cachePoint } from './content';

const toolOf = (value: unknown, path: string, omissions: Omissions): Json[] => {
  const tool = objectAt(value, path);
  if ((tool['type'] ?? 'custom') !== 'custom') {
    omissions.leaveOut(path, 'The provider has no tools of its own by this type.');
    return [];
  }
  leaveOutOfTool(tool, path, omissions);
  const { name, description, input_schema: schema, strict } = tool;
  const toolSpec = {
    name: textAt(name, `${path}.name`),
    ...(typeof description === 'string' && description !== '' && { description }),
    inputSchema: { json: isObject(schema) ? schema : { type: 'object' } },
    ...(strict === true && { strict }),
  };
  return [{ toolSpec }, ...cachePoint(tool)];
};

const choiceOf = (choice: Json, omissions: Omissions): Json => {
  switch (choice['type']) {
    case 'auto':
      return { toolChoice: { auto: {} } };
    case 'any':
      return { toolChoice: { any: {} } };
    case 'tool':
      return { toolChoice: { tool: { name: textAt(choice['name'], 'tool_choice.name') } } };
    default:
      omissions.leaveOut('tool_choice', 'The provider has no such choice of tools.');
      return {};
  }
};

/** Of the tools that were called before, each once. */
const calledIn = (messages: readonly Json[]): readonly string[] => {
  const blocks = messages.flatMap(({ content }) => objectsIn(content));
  return [...new Set(blocks.map(({ toolUse }) => textOf(objectOf(toolUse)['name'])))].filter(
    (name) => name !== '',
  );
};

/** Where calls were made before, Converse wants to be told of tools: those that were called may be called again then. */
const configOfCalled = (called: readonly string[], omissions: Omissions): Json => {
  if (called.length === 0) return {};
  omissions.leaveOut('tools', 'The provider takes calls in a conversation only where tools are offered.');
  return {
    toolConfig: {
      tools: called.map((name) => ({ toolSpec: { name, inputSchema: { json: { type: 'object' } } } })),
    },
  };
};

/** Converse cannot be told to call none: they are not offered then, unless some were called before. */
export const toolConfigOf = (body: Json, messages: readonly Json[], omissions: Omissions): Json => {
  const tools = listAt(body['tools'], 'tools').flatMap((tool, at) => toolOf(tool, `tools.${at}`, omissions));
  const called = calledIn(messages);
  if (tools.length === 0) return configOfCalled(called, omissions);
  const choice = body['tool_choice'];
  if (choice === undefined || choice === null) return { toolConfig: { tools } };
  const from = objectAt(choice, 'tool_choice');
  if (from['type'] === 'none' && called.length === 0) return {};
  return { toolConfig: { tools, ...choiceOf(from, omissions) } };
};
