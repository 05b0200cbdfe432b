import { TrustedProxies } from './trusted-proxies';

it.each([
  ['10.0.0.0/8, fd00::/8', '10.1.2.3', true],
  ['10.0.0.0/8, fd00::/8', '::ffff:10.1.2.3', true],
  ['10.0.0.0/8, fd00::/8', 'fd00::1', true],
  ['10.0.0.0/8, fd00::/8', '11.0.0.1', false],
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.1', '192.0.2.2', false],
  ['', '127.0.0.1', false],
  ['0.0.0.0/0', 'no address', false],
  ['0.0.0.0/0', undefined, false],
])('of %p %p is one: %p', (list, address, is) => {
  expect(TrustedProxies.parse(list)?.has(address)).toBe(is);
});

it.each(['proxy.example', '10.0.0.1/8', '10.0.0.0/33', '10.0.0.0/8;', '*'])('are none by %p', (list) => {
  expect(TrustedProxies.parse(list)).toBeUndefined();
});
