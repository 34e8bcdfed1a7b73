import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Provider } from '../../../apps/arena/src/features/integrations/provider/provider.js';
import { provider as schema } from '../../../apps/arena/src/features/integrations/provider/provider.js';
import { forkProgram } from '../program.js';
import type { Control, Record } from './server.js';

/** The providers of `npm run provider` in a child process that a test controls. */
export class ProviderProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** @param arena arena's announced URL, which the providers have registered */
  static async start(arena: string): Promise<ProviderProcess> {
    const child = forkProgram('provider/main', ['0', arena], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [url] = (await once(child, 'message')) as [string];
    return new ProviderProcess(child, url);
  }

  /** Arena's configuration for one of them. */
  settings(name: string, more: Partial<Provider> = {}): Provider {
    return schema.parse({
      name,
      clientId: 'arena',
      clientSecret: 'not-a-secret-as-this-is-for-trying',
      authorizationUrl: `${this.url}/${name}/authorize`,
      tokenUrl: `${this.url}/${name}/token`,
      accountUrl: `${this.url}/${name}/account`,
      revocationUrl: `${this.url}/${name}/revoke`,
      ...more,
    });
  }

  async tell(control: Control): Promise<void> {
    await fetch(`${this.url}/control`, { method: 'POST', body: JSON.stringify(control) });
  }

  async record(): Promise<Record> {
    return (await (await fetch(`${this.url}/control`)).json()) as Record;
  }

  /** Consents as the owner of an account does on the page; returns the URL of the redirect. */
  async allow(authorizationUrl: string, account: string, decision = 'allow'): Promise<string> {
    const response = await fetch(authorizationUrl, {
      method: 'POST',
      body: new URLSearchParams({ account, decision }),
      redirect: 'manual',
    });
    const location = response.headers.get('Location');
    if (location === null) throw new Error(`The provider answers ${response.status}: ${await response.text()}`);
    return location;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill();
    await exited;
  }
}
