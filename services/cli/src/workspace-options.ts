import { AppError } from '@gatehouse/kernel';
import type { provisioningV1 } from '@gatehouse/proto-gen';

/** A workspace with the models that it may call; undefined stands for all. */
export type WantedWorkspace = Pick<provisioningV1.WantedProvision, 'workspaceId' | 'models'>;

/** `ws_…`, or `ws_…:gpt-4o,gpt-5` for these models alone. Names of models may have colons too. */
export const parseWorkspace = (text: string): WantedWorkspace => {
  const at = text.indexOf(':');
  if (at < 0) return { workspaceId: text, models: undefined };
  const names = text.slice(at + 1).split(',');
  if (names.includes('')) {
    throw new AppError('INVALID', 'WORKSPACE_MALFORMED', {
      metadata: { text, expected: 'workspace-id[:model,model]' },
    });
  }
  return { workspaceId: text.slice(0, at), models: { all: false, names } };
};
