import { forEachName, CONTROL_SERVICE_NAMES } from '@gatehouse/topology';
import { type FirstKeys, MODEL } from './first-organization';
import type { Ports } from './ports';
import { consoleUrl, gatewayUrl, grpcAddress, simulatorUrl } from './process-specs';

/** What `--json` prints, in this order. */
export interface Announcement {
  readonly gateway: string;
  readonly console: string;
  readonly simulator: string;
  readonly grpc: Readonly<Record<string, string>>;
  readonly organization: string;
  readonly workspace: string;
  readonly model: string;
  /** Opens the console signed in, once, within five minutes; absent where there is nobody to sign in. */
  readonly signIn?: string;
  /** At the first start of a data directory only. */
  readonly adminKey?: string;
  readonly apiKey?: string;
}

export const announcementOf = (
  ports: Ports,
  ids: { readonly organizationId?: string; readonly workspaceId?: string },
  keys: FirstKeys | undefined,
): Announcement => ({
  gateway: gatewayUrl(ports),
  console: consoleUrl(ports),
  simulator: simulatorUrl(ports),
  grpc: forEachName(CONTROL_SERVICE_NAMES, (name) => grpcAddress(ports, name)),
  organization: ids.organizationId ?? '',
  workspace: ids.workspaceId ?? '',
  model: MODEL,
  ...keys,
});

/** The same for people. */
export const announcementText = (announcement: Announcement, dataDir: string): string => {
  const { gateway, console, simulator, grpc, organization, workspace, model, signIn, adminKey, apiKey } =
    announcement;
  const rows: [string, string][] = [
    ['gateway', gateway],
    ['console', `${console} (a browser's page; REST, and at the gateway's)`],
    ['simulator', simulator],
    ...Object.entries(grpc).map(([name, address]): [string, string] => [name, `${address} (gRPC)`]),
    ['organization', organization],
    ['workspace', workspace],
    ['model', model],
    ['data', dataDir],
  ];
  const keys: [string, string][] =
    adminKey && apiKey
      ? [
          ['admin key', adminKey],
          ['API key', apiKey],
        ]
      : [];
  return [
    '',
    'Gatehouse is ready.',
    '',
    ...rows.map(line),
    '',
    ...(keys.length > 0
      ? ['Keep these two keys: they are shown this once and stored nowhere.', '', ...keys.map(line), '']
      : ['The keys were shown at the first start; put the API key into GATEHOUSE_API_KEY.', '']),
    ...(signIn ? ['Open the console, signed in (once, within five minutes):', '', signIn, ''] : []),
    'Try it:',
    '',
    curlLine(gateway, model, apiKey),
    '',
    'Ctrl-C stops everything; what was done is kept.',
    '',
  ].join('\n');
};

const line = ([name, value]: [string, string]): string => `  ${name.padEnd(14)}${value}`;

const curlLine = (gateway: string, model: string, apiKey: string | undefined): string => {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello!' }] });
  const authorization = apiKey
    ? `'Authorization: Bearer ${apiKey}'`
    : '"Authorization: Bearer $GATEHOUSE_API_KEY"';
  return `curl ${gateway}/v1/chat/completions -H ${authorization} -H 'Content-Type: application/json' -d '${body}'`;
};
