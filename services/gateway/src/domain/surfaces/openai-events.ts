import { type Json, objectOf, objectsIn } from '../json-values';

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

/**
 * A completion that came whole, as the stream that was asked for: all of it at once, then its usage where that was asked. Choices and calls
 * that are none are left out, since clients trip over them.
 */
export const openaiEvents = (whole: Buffer, usageAsked: boolean): string => {
  const { usage, ...answer } = objectOf(JSON.parse(whole.toString('utf8')));
  const isChat = answer['object'] === 'chat.completion';
  const head = { ...answer, ...(isChat && { object: 'chat.completion.chunk' }) };
  const told = event({ ...head, choices: objectsIn(answer['choices']).map(chunkChoice) });
  const counted = usageAsked && usage ? event({ ...head, choices: [], usage }) : '';
  return `${told}${counted}data: [DONE]\n\n`;
};

const chunkChoice = ({ message, ...choice }: Json): Json =>
  message === undefined ? choice : { ...choice, delta: deltaOf(objectOf(message)) };

const deltaOf = ({ tool_calls, ...said }: Json): Json =>
  Array.isArray(tool_calls)
    ? { ...said, tool_calls: objectsIn(tool_calls).map((call, index) => ({ index, ...call })) }
    : said;
