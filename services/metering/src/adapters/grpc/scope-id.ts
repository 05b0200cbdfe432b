import {
  apiKeyId,
  AppError,
  integrationId,
  organizationId,
  provisionId,
  workspaceId,
} from '@gatehouse/kernel';

/** The id of anything that carries limits. INVALID `SCOPE_ID_MALFORMED`. */
export const scopeId = (raw: string): string => {
  for (const parse of [provisionId, workspaceId, apiKeyId, integrationId, organizationId]) {
    try {
      return parse(raw);
    } catch {
      // Perhaps the id of another kind.
    }
  }
  throw new AppError('INVALID', 'SCOPE_ID_MALFORMED');
};
