import { provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import { allPages } from './all-pages';
import type { Connection } from './connection';

/** What has a name, by how its ids begin. An id within a word, a stream's name or a JSON text is left as it is. */
const IDS = /(?<![\w"-])(?:ws|int|prv|key|mbr)_[0-9a-z]{26}\b/g;

/** More than so many of one kind are listed instead of being asked for one by one. */
const SINGLY_MAX = 10;

type Called = readonly [id: string, name: string];

interface Kind {
  readonly one?: (connection: Connection, id: string) => Promise<Called | undefined>;
  readonly all: (connection: Connection) => Promise<readonly Called[]>;
}

const now = { atLeastPosition: '' };
const page = (pageToken: string) => ({ pageSize: 200, pageToken });
const { WorkspaceStatus } = provisioningV1;

const ofProvision = ({ id, slug }: provisioningV1.Provision): Called => [id, `@${slug}`];

const KINDS: Readonly<Record<string, Kind>> = {
  ws: {
    one: async (connection, workspaceId) => {
      const { workspace } = await connection.workspaces().getWorkspace({ workspaceId, ...now });
      return workspace && [workspace.id, workspace.name];
    },
    all: (connection) => {
      const client = connection.workspaces();
      const statuses = [WorkspaceStatus.ACTIVE, WorkspaceStatus.ARCHIVED];
      return allPages(
        (token) =>
          client.listWorkspaces(
            provisioningV1.ListWorkspacesRequest.fromPartial({ ...page(token), statuses }),
          ),
        ({ workspaces }) => workspaces.map(({ id, name }): Called => [id, name]),
      );
    },
  },
  int: {
    one: async (connection, integrationId) => {
      const { integration } = await connection.integrations().getIntegration({ integrationId, ...now });
      return integration && [integration.id, integration.name];
    },
    all: (connection) => {
      const client = connection.integrations();
      return allPages(
        (token) => client.listIntegrations(registryV1.ListIntegrationsRequest.fromPartial(page(token))),
        ({ integrations }) => integrations.map(({ id, name }): Called => [id, name]),
      );
    },
  },
  prv: {
    one: async (connection, provisionId) => {
      const { provision } = await connection.provisions().getProvision({ provisionId, ...now });
      return provision && ofProvision(provision);
    },
    all: (connection) => {
      const client = connection.provisions();
      return allPages(
        (token) =>
          client.listProvisions(
            provisioningV1.ListProvisionsRequest.fromPartial({ ...page(token), includeArchived: true }),
          ),
        ({ provisions }) => provisions.map(ofProvision),
      );
    },
  },
  key: {
    all: (connection) => {
      const client = connection.apiKeys();
      return allPages(
        (token) =>
          client.listApiKeys(
            provisioningV1.ListApiKeysRequest.fromPartial({ ...page(token), includeArchived: true }),
          ),
        ({ apiKeys }) => apiKeys.map(({ id, name }): Called => [id, name]),
      );
    },
  },
  mbr: {
    one: async (connection, memberId) => {
      const { member } = await connection.members().getMember({ memberId, ...now });
      return member && [member.id, member.name];
    },
    all: (connection) => {
      const client = connection.members();
      return allPages(
        (token) => client.listMembers(provisioningV1.ListMembersRequest.fromPartial(page(token))),
        ({ members }) => members.map(({ id, name }): Called => [id, name]),
      );
    },
  },
};

/** What ids are called, for people: a table of ids alone tells a person nothing. */
export class Names {
  private readonly known = new Map<string, string>();

  constructor(private readonly connection: Connection) {}

  /** Asks what is called how in these texts. What cannot be read has no name, and fails no command. */
  async learn(texts: readonly string[]): Promise<void> {
    const ids = new Set(texts.flatMap((text) => text.match(IDS) ?? []));
    for (const [prefix, kind] of Object.entries(KINDS)) {
      const wanted = [...ids].filter((id) => id.startsWith(`${prefix}_`));
      if (wanted.length === 0) continue;
      for (const [id, name] of await this.askedFor(kind, wanted)) this.known.set(id, name);
    }
  }

  /** `Team A (ws_…)` where it says `ws_…`. */
  beside(text: string): string {
    return text.replace(IDS, (id) => {
      const name = this.known.get(id);
      return name === undefined || name === '' ? id : `${name} (${id})`;
    });
  }

  private async askedFor({ one, all }: Kind, wanted: readonly string[]): Promise<readonly Called[]> {
    if (!one || wanted.length > SINGLY_MAX) return readable(() => all(this.connection), []);
    const found = await Promise.all(wanted.map((id) => readable(() => one(this.connection, id), undefined)));
    return found.filter((called) => called !== undefined);
  }
}

/** Whatever fails: what was answered is to be told without names too, and may be a secret that is shown once. */
const readable = async <Found>(read: () => Promise<Found>, otherwise: Found): Promise<Found> => {
  try {
    return await read();
  } catch {
    return otherwise;
  }
};
