import {
  type AclEntry,
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from 'kafkajs';
import { asAdmin, type KafkaSettings } from './kafka-settings';

/** What one user may do, and nothing else. */
export interface KafkaRights {
  readonly user: string;
  /** Names of topics. */
  readonly publishes: readonly string[];
  readonly consumes: readonly string[];
  /** How the names of its consumer groups begin. */
  readonly groupPrefix: string;
}

/**
 * A user's access control list. To write or read a topic includes to see it, and to write one topic includes what an
 * idempotent producer needs; there are no transactions.
 */
export const aclOf = ({ user, publishes, consumes, groupPrefix }: KafkaRights): readonly AclEntry[] => {
  const allow = (
    operation: AclOperationTypes,
    resourceType: AclResourceTypes,
    resourceName: string,
    resourcePatternType = ResourcePatternTypes.LITERAL,
  ): AclEntry => ({
    principal: principalOf(user),
    host: '*',
    permissionType: AclPermissionTypes.ALLOW,
    ...{ operation, resourceType, resourceName, resourcePatternType },
  });
  const { READ, WRITE } = AclOperationTypes;
  return [
    ...publishes.map((topic) => allow(WRITE, AclResourceTypes.TOPIC, topic)),
    ...consumes.map((topic) => allow(READ, AclResourceTypes.TOPIC, topic)),
    ...(consumes.length > 0
      ? [allow(READ, AclResourceTypes.GROUP, groupPrefix, ResourcePatternTypes.PREFIXED)]
      : []),
  ];
};

/** Gives each user its list, and takes from it whatever else it had. Other users' lists are let alone. */
export const grantKafkaRights = (settings: KafkaSettings, rights: readonly KafkaRights[]): Promise<void> =>
  asAdmin(settings, async (admin) => {
    for (const one of rights) {
      const { resources } = await admin.describeAcls(everythingOf(one.user));
      const there = resources.flatMap(({ acls, ...resource }) =>
        acls.map((acl) => ({ ...acl, ...resource })),
      );
      const wanted = aclOf(one);
      const missing = wanted.filter((entry) => !there.some((other) => same(entry, other)));
      const surplus = there.filter((entry) => !wanted.some((other) => same(entry, other)));
      if (missing.length > 0) await admin.createAcls({ acl: missing });
      if (surplus.length > 0) await admin.deleteAcls({ filters: surplus });
    }
  });

const principalOf = (user: string): string => `User:${user}`;

const everythingOf = (user: string) => ({
  principal: principalOf(user),
  resourceType: AclResourceTypes.ANY,
  resourcePatternType: ResourcePatternTypes.ANY,
  operation: AclOperationTypes.ANY,
  permissionType: AclPermissionTypes.ANY,
});

const same = (one: AclEntry, other: AclEntry): boolean =>
  (Object.keys(one) as (keyof AclEntry)[]).every((field) => one[field] === other[field]);
