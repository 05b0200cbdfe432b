import { apiKeyId, AppError, provisionId, workspaceId } from '@gatehouse/kernel';

/** The id of anything that carries limits. INVALID `SCOPE_ID_MALFORMED`. */
export const scopeId = (raw: string): string => {
  for (const parse of [provisionId, workspaceId, apiKeyId]) {
    try {
      return parse(raw);
    } catch {
      // Perhaps the id of another kind.
    }
  }
  throw new AppError('INVALID', 'SCOPE_ID_MALFORMED');
};
