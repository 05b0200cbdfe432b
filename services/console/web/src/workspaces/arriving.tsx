import type { AiProviderAnswer } from '@gatehouse/console/access/access.schema';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useSearchParams } from 'wouter';
import { useAnswer } from '../api/answers';
import { pathOf } from '../api/api-client';
import type { Listed } from '../ui/list';
import { Notice } from '../ui/notice';
import type { WorkspacePanelProps } from './workspace-panel';

/** What was just connected, as the address says, is there a moment later; whatever is shown is asked for anew then. */
export const Arriving = ({ workspace }: WorkspacePanelProps) => {
  const client = useQueryClient();
  const connected = useSearchParams()[0].get('connected');
  const isThere = (listed: Listed<AiProviderAnswer> | undefined): boolean =>
    listed?.data.some(({ slug }) => slug === connected) ?? false;
  const answer = useAnswer<Listed<AiProviderAnswer>>(
    pathOf('/v1/gatehouse/workspaces', workspace.id, 'providers'),
    { search: connected ?? '' },
    { enabled: connected !== null, until: isThere },
  );
  const hasCome = isThere(answer.data);
  useEffect(() => {
    if (hasCome) void client.invalidateQueries();
  }, [client, hasCome]);
  if (connected === null) return null;
  return hasCome ? (
    <Notice tone="good">Created. This workspace’s keys call it as @{connected}.</Notice>
  ) : (
    <Notice>It is being connected, and provisioned to this workspace.</Notice>
  );
};
