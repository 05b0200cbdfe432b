/** So many are asked about at once. */
const AT_ONCE = 10;

/** What each of them comes to, in their order; some at a time, so that a long list is no crowd of calls. */
export const eachOf = async <Item, Result>(
  items: readonly Item[],
  of: (item: Item) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(of))));
  return results;
};
