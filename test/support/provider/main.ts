import { type Client, serveProviders } from './server.js';

// `npm run provider -- [port] [URL of arena]`: providers to try arena's integrations with. They redirect to that URL only.
const [port = '4400', arena = 'http://localhost:3000'] = process.argv.slice(2);
const client: Client = {
  id: 'arena',
  secret: 'not-a-secret-as-this-is-for-trying',
  redirectUris: [`${arena}/integrations/{provider}/callback`],
};
const url = await serveProviders(client, Number(port));

const at = (name: string) => ({
  name,
  title: `The ${name}`,
  clientId: client.id,
  clientSecret: client.secret,
  authorizationUrl: `${url}/${name}/authorize`,
  tokenUrl: `${url}/${name}/token`,
  accountUrl: `${url}/${name}/account`,
  revocationUrl: `${url}/${name}/revoke`,
});
console.log(`Providers are ready at ${url}. Start arena so that it knows them:\n`);
console.log(`ARENA_PROVIDERS='${JSON.stringify(['league', 'club'].map(at))}' npm start`);
process.on('disconnect', () => process.exit());
process.send?.(url);
