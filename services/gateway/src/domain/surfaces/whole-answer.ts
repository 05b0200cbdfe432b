/** An answer, or a part of one, whose members are unknown. */
export type Answer = Readonly<Record<string, unknown>>;

const isAnswer = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object, or an empty one in place of whatever else a server may say. */
export const answerOf = (value: unknown): Answer => (isAnswer(value) ? value : {});

/** The objects of a list; none in place of whatever else. */
export const answersIn = (value: unknown): readonly Answer[] =>
  Array.isArray(value) ? value.filter(isAnswer) : [];
