/** Every item of a paged list. */
export const allPages = async <Page extends { readonly nextPageToken: string }, Item>(
  read: (pageToken: string) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<Item[]> => {
  const items: Item[] = [];
  let token = '';
  do {
    const page = await read(token);
    items.push(...itemsOf(page));
    token = page.nextPageToken;
  } while (token !== '');
  return items;
};
