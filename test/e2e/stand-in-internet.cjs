// Required by every process of a product under test: the names of the world lead to a server of the test on this machine,
// whatever port they are called at. Nothing else is changed; names of this machine and addresses are left alone.
const dns = require('node:dns');
const net = require('node:net');

const port = Number(process.env.GATEHOUSE_TEST_INTERNET_PORT);
const { lookup } = dns;
const { connect } = net.Socket.prototype;
const isOfTheWorld = (name) => /\.[a-z]{2,}$/i.test(name);

dns.lookup = (name, options, answer) => {
  const given = typeof options === 'function' ? {} : options;
  const reply = typeof options === 'function' ? options : answer;
  if (!isOfTheWorld(name)) return lookup(name, given, reply);
  const address = '127.0.0.1';
  if (given.all) process.nextTick(reply, null, [{ address, family: 4 }]);
  else process.nextTick(reply, null, address, 4);
};

net.Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  if (first && typeof first === 'object' && isOfTheWorld(String(first.host ?? ''))) first.port = port;
  return connect.apply(this, args);
};
