/** What stands before the name that its vendor gave a model: where it runs, and whose it is. */
const PREFIX = /^(.*\/)?([a-z-]+\.)*/;

/** The name that its vendor gave a model, whoever serves it under a longer one. */
export const vendorsNameOf = (model: string): string => model.toLowerCase().replace(PREFIX, '');
