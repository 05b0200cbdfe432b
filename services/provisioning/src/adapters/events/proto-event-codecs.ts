import { Injectable } from '@nestjs/common';
import { EventCodecs } from '../../app/event-codecs.ports';
import { apiKeyCodec } from './api-key.codec';
import { autoProvisionCodec } from './auto-provision.codec';
import { bulkProvisionCodec } from './bulk-provision.codec';
import { connectionCodec } from './connection.codec';
import { integrationLimitsCodec } from './integration-limits.codec';
import { organizationCodec } from './organization.codec';
import { proposalCodec } from './proposal.codec';
import { provisionCodec } from './provision.codec';
import { provisionNamesCodec } from './provision-names.codec';
import { rosterCodec } from './roster.codec';
import { sessionCodec } from './session.codec';
import { workspaceNameCodec } from './workspace-name.codec';
import { workspaceSlugCodec } from './workspace-slug.codec';
import { workspaceCodec } from './workspace.codec';

/** Events are stored as the JSON of the protobuf message of their name. */
@Injectable()
export class ProtoEventCodecs extends EventCodecs {
  readonly organization = organizationCodec;
  readonly integrationLimits = integrationLimitsCodec;
  readonly workspace = workspaceCodec;
  readonly workspaceName = workspaceNameCodec;
  readonly workspaceSlug = workspaceSlugCodec;
  readonly provisionNames = provisionNamesCodec;
  readonly provision = provisionCodec;
  readonly proposal = proposalCodec;
  readonly connection = connectionCodec;
  readonly autoProvision = autoProvisionCodec;
  readonly bulkProvision = bulkProvisionCodec;
  readonly roster = rosterCodec;
  readonly apiKey = apiKeyCodec;
  readonly session = sessionCodec;
}
