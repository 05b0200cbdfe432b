import { Turns } from '@gatehouse/kernel';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { ApiKeysController } from './api-keys.controller';
import { rotateApiKey } from './api-key.routes';

it.each([
  ['nothing', undefined, 1_800],
  ['no time', { key_transition_period_ms: null }, 1_800],
  ['an hour', { key_transition_period_ms: 3_600_000 }, 3_600],
])(
  'lets a key that is replaced work on for half an hour, or as is said: %s',
  async (_what, said, seconds) => {
    const rotated: object[] = [];
    const rotate = async (request: object) => {
      rotated.push(request);
      return { apiKey: { id: 'key_one' }, secret: 'gh_one' };
    };
    const control = { apiKeys: { rotateApiKey: rotate } } as unknown as ControlPlane;
    const body = rotateApiKey.body.parse(said ?? {});
    await new ApiKeysController(new Turns()).rotate({
      ...{ path: { id: 'key_one' }, query: {}, body, requestId: 'r', control },
    });
    expect(rotated).toMatchObject([{ overlapSeconds: seconds }]);
  },
);
