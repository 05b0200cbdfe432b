import { type Json, isObject } from '../../json-values';
import { isSaid, type Omissions, leaveOutOthers, listAt, objectAt, textAt, textOf } from '../translation';

/** Members of a tool that are written alike on both sides. */
const ALIKE = ['cache_control', 'eager_input_streaming'] as const;
/** Members of a tool, and of its function. */
const TOOL: ReadonlySet<string> = new Set(['type', 'function', ...ALIKE]);
const FUNCTION: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'strict']);

const toolOf = (value: unknown, path: string, omissions: Omissions): Json[] => {
  const tool = objectAt(value, path);
  if (tool['type'] !== 'function') {
    omissions.leaveOut(path, `The provider has no tools of type '${textOf(tool['type'])}'.`);
    return [];
  }
  const offered = objectAt(tool['function'], `${path}.function`);
  leaveOutOthers(tool, TOOL, path, omissions);
  leaveOutOthers(offered, FUNCTION, `${path}.function`, omissions);
  const { name, description, parameters, strict } = offered;
  return [
    {
      name: textAt(name, `${path}.function.name`),
      ...(typeof description === 'string' && description !== '' && { description }),
      input_schema: isObject(parameters) ? { type: 'object', ...parameters } : { type: 'object' },
      ...(strict === true && { strict }),
      ...Object.fromEntries(
        ALIKE.flatMap((member) => (isSaid(tool[member]) ? [[member, tool[member]]] : [])),
      ),
    },
  ];
};

export const toolsOf = (tools: unknown, omissions: Omissions): Json[] =>
  listAt(tools, 'tools').flatMap((tool, at) => toolOf(tool, `tools[${at}]`, omissions));

const CHOICES: Readonly<Record<string, string>> = { none: 'none', auto: 'auto', required: 'any' };

const choiceOf = (choice: unknown, omissions: Omissions): Json | undefined => {
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === 'string' && Object.hasOwn(CHOICES, choice)) return { type: CHOICES[choice] };
  const named = isObject(choice) && choice['type'] === 'function' ? choice['function'] : undefined;
  if (isObject(named)) return { type: 'tool', name: textAt(named['name'], 'tool_choice.function.name') };
  omissions.leaveOut('tool_choice', 'The provider has no such choice of tools.');
  return undefined;
};

/** Whether, and which, and how many tools may be called; empty where the request says nothing of it. */
export const toolChoiceOf = (body: Json, omissions: Omissions): Json => {
  const choice = choiceOf(body['tool_choice'], omissions);
  const single = body['parallel_tool_calls'] === false && choice?.['type'] !== 'none';
  if (!choice && !single) return {};
  return { tool_choice: { type: 'auto', ...choice, ...(single && { disable_parallel_tool_use: true }) } };
};

export const forcesTool = (choice: Json): boolean => {
  const chosen = isObject(choice['tool_choice']) ? choice['tool_choice']['type'] : undefined;
  return chosen === 'any' || chosen === 'tool';
};
