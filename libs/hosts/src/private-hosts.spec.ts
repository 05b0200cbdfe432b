import { PrivateHosts } from './private-hosts';

describe('the list of private hosts', () => {
  it.each([
    '',
    ' , ',
    '127.0.0.0/8,::1,localhost',
    '10.0.0.1',
    '0.0.0.0/0',
    '::/0',
    'fd00::/8',
    'vllm',
    'VLLM.',
    'gpu_1',
    '*.corp.example',
    '*.corp',
    'köln.example',
  ])('takes %p', (list) => expect(PrivateHosts.parse(list)).toBeDefined());

  it.each([
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0',
    '127.1',
    '0x7f.1',
    '010.0.0.0/8',
    'fd00::1/8',
    'fe80::1%eth0',
    '[::1]',
    'fd00::/129',
    'http://vllm',
    'vllm:8000',
    'vllm/v1',
    'user@vllm',
    '*',
    '*.',
    '*corp.example',
    'a.*.example',
    '-vllm',
    'a..b',
    '10.0.0.0/8;vllm',
    'vllm ollama',
  ])('refuses %p', (list) => expect(PrivateHosts.parse(`localhost,${list}`)).toBeUndefined());
});
