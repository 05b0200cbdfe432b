import { randomUUID } from 'node:crypto';
import { Turns } from '@gatehouse/kernel';
import { registryV1 } from '@gatehouse/proto-gen';
import { Controller, Inject } from '@nestjs/common';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { awaited, shownIn } from '../adapters/grpc/shown-in';
import { againWhenOvertaken } from '../rest/again-when-overtaken';
import type { Asked } from '../rest/asked';
import { ANY, pageIn, pageOf } from '../rest/paging';
import { unsupported } from '../rest/requests-in';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import {
  changedSecretPlace,
  fromRestSecretPlace,
  toRestSecretReference,
} from './secret-reference-conversion';
import * as routes from './secret-reference.routes';

const PAGE_BY_DEFAULT = 20;
/** Of a page of the gRPC list. */
const STEP = 200;

@Controller()
export class SecretReferencesController {
  /** What is not said of one stays: its changes come one after the other. */
  constructor(@Inject(Turns) private readonly turns: Turns) {}

  @Serves(routes.listSecretReferences)
  async list(
    @AskedOf() { query, control }: Asked<typeof routes.listSecretReferences>,
  ): Promise<AnswerOf<typeof routes.listSecretReferences>> {
    const { manager_type: manager, search = '' } = query;
    const all = (await referencesOf(control)).map(toRestSecretReference);
    const found = all.filter(
      (reference) =>
        (manager === undefined || reference.manager_type === manager) &&
        reference.name.toLowerCase().includes(search.toLowerCase()),
    );
    return { object: 'list', ...pageIn(found, pageOf(query, PAGE_BY_DEFAULT)) };
  }

  @Serves(routes.createSecretReference)
  async create(
    @AskedOf() { body, control, requestId }: Asked<typeof routes.createSecretReference>,
  ): Promise<AnswerOf<typeof routes.createSecretReference>> {
    const { name: slug } = body;
    if (body.slug && body.slug !== slug) throw unsupported('slug', 'must be the name: it has no other');
    const locator = fromRestSecretPlace(body);
    const { position } = await control.secretReferences.defineSecretReference({
      ...{ requestId, reason: '', slug, locator },
    });
    await awaited(known(control, slug, position));
    return named(slug);
  }

  @Serves(routes.getSecretReference)
  async get(
    @AskedOf() { path, control }: Asked<typeof routes.getSecretReference>,
  ): Promise<AnswerOf<typeof routes.getSecretReference>> {
    return toRestSecretReference(await known(control, path.slug));
  }

  @Serves(routes.changeSecretReference)
  async change(
    @AskedOf() { path, body, control }: Asked<typeof routes.changeSecretReference>,
  ): Promise<AnswerOf<typeof routes.changeSecretReference>> {
    const { slug } = path;
    if (body.name !== undefined && body.name !== slug)
      throw unsupported('name', 'cannot be changed: define another reference');
    await this.turns.take(slug, async () => {
      const { position } = await againWhenOvertaken(async () => {
        const reference = await known(control, slug);
        return control.secretReferences.changeSecretReference({
          ...{ requestId: randomUUID(), reason: '', slug },
          ...{ locator: changedSecretPlace(reference, body), expectedRevision: reference.revision },
        });
      });
      await known(control, slug, position);
    });
    return named(slug);
  }

  @Serves(routes.deleteSecretReference)
  async delete(@AskedOf() { path, control }: Asked<typeof routes.deleteSecretReference>): Promise<object> {
    const { position } = await control.secretReferences.removeSecretReference(
      registryV1.RemoveSecretReferenceRequest.fromPartial({ requestId: randomUUID(), slug: path.slug }),
    );
    await awaited(
      control.secretReferences.listSecretReferences({
        ...{ pageSize: ANY.size, pageToken: '', atLeastPosition: position },
      }),
    );
    return {};
  }
}

const known = async (
  control: ControlPlane,
  slug: string,
  atLeastPosition = '',
): Promise<registryV1.SecretReference> => {
  const { reference } = await control.secretReferences.getSecretReference({ slug, atLeastPosition });
  return shownIn(reference);
};

/** All of them: an organization has as many as it has credentials, at most. */
const referencesOf = async (control: ControlPlane): Promise<readonly registryV1.SecretReference[]> => {
  const references: registryV1.SecretReference[] = [];
  let pageToken = '';
  do {
    const page = await control.secretReferences.listSecretReferences({
      ...{ pageSize: STEP, pageToken, atLeastPosition: '' },
    });
    references.push(...page.references);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return references;
};

const named = (slug: string): AnswerOf<typeof routes.createSecretReference> => ({
  id: slug,
  slug,
  object: 'secret-reference',
});
