/** Does something with each of the items, in their order, with at most so many at work; answers as they are. */
export const inFlight = async <Item, Answer>(
  items: readonly Item[],
  atMost: number,
  work: (item: Item) => Promise<Answer>,
): Promise<readonly PromiseSettledResult<Answer>[]> => {
  const answers: PromiseSettledResult<Answer>[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const [answer] = await Promise.allSettled([work(items[index] as Item)]);
      answers[index] = answer;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atMost, items.length) }, worker));
  return answers;
};
