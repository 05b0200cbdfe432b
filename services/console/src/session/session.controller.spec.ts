import { ConsoleBench } from '../testing/console-bench';
import { FakeProvisioning } from '../testing/fake-provisioning';
import { csrfOf } from './own-page';

const TOKEN = 'ghs_token';

let provisioning: FakeProvisioning;
let bench: ConsoleBench;

beforeAll(async () => {
  provisioning = await FakeProvisioning.start();
  provisioning.callers.add(TOKEN);
  bench = await ConsoleBench.start({ GATEHOUSE_PROVISIONING_ADDRESS: provisioning.address });
});
afterAll(async () => {
  await bench.stop();
  provisioning.stop();
});

const signOut = async (csrf: string): Promise<[status: number, cookie: string | null]> => {
  const headers = {
    cookie: `__Host-gatehouse-session=${TOKEN}`,
    origin: bench.url,
    'x-gatehouse-csrf': csrf,
  };
  const response = await fetch(`${bench.url}/session`, { method: 'DELETE', headers });
  return [response.status, response.headers.get('set-cookie')];
};

it('takes the cookie of who signs out, whether or not anybody can end the session', async () => {
  const gone = expect.stringMatching(/^__Host-gatehouse-session=;.*Max-Age=0/) as string;
  expect(await signOut(csrfOf(TOKEN))).toEqual([503, gone]);
  provisioning.answers('SessionService.endSession', () => ({ position: '1' }));
  expect(await signOut(csrfOf(TOKEN))).toEqual([200, gone]);
});

it('leaves it where another page says so', async () => {
  expect(await signOut('')).toEqual([403, null]);
});
