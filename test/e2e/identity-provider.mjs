// An identity provider whose people say at the login who they are: `address|groups|verified or not`. Prints its issuer.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
// Browsers take it for another site than 127.0.0.1.
const issuer = `http://localhost:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'gatehouse',
      client_secret: 'client-secret',
      redirect_uris: ['http://127.0.0.1/session/oidc/callback'],
    },
  ],
  claims: { openid: ['sub', 'groups'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  cookies: { keys: ['key'] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => {
      const [email, groups, verified] = id.split('|');
      return { sub: id, email, email_verified: verified === 'verified', groups: groups.split(' ') };
    },
  }),
});
// The product takes whichever port is free.
provider.Client.prototype.redirectUriAllowed = (uri) =>
  /^http:\/\/127\.0\.0\.1:\d+\/session\/oidc\/callback$/.test(uri);
server.on('request', provider.callback());
console.log(issuer);
