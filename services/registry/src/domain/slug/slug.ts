import { AppError, type Brand } from '@gatehouse/kernel';

/** An admin's own word for an integration, unique in the organization; gateway clients say `@slug/model`. */
export type Slug = Brand<string, 'Slug'>;

export const slug = (raw: string): Slug => {
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(raw)) throw new AppError('INVALID', 'SLUG_MALFORMED');
  return raw as Slug;
};
