import { pathOf } from '../api/api-client';

export const WORKSPACES = '/v1/admin/workspaces';

/** Of one workspace, or of what is under it. */
export const workspacePath = (id: string, ...parts: readonly string[]): string =>
  pathOf(WORKSPACES, id, ...parts);

/** Its own page. */
export const workspacePage = (id: string): string => pathOf('/workspaces', id);
