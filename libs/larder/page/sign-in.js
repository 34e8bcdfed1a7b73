import { html } from 'htm/preact';
import { Problem, useRequest } from './parts.js';
import { get, post } from './server.js';

export function SignIn({ onDone }) {
  const [{ problem, isBusy }, run] = useRequest();
  const submit = (event) => {
    event.preventDefault();
    const { name, token } = Object.fromEntries(new FormData(event.target));
    void run(async () => {
      await post('sign-in', { name, token });
      await get('user').catch(() => {
        throw new Error('The browser did not keep the session. Open the page through https.');
      });
      onDone();
    });
  };
  return html`
    <main class="lone">
      <h1>Larder</h1>
      <form class="sign-in" onSubmit=${submit}>
        <label for="name">Your name, for the list of actions</label>
        <input id="name" name="name" autocomplete="username" maxlength="40" required />
        <label for="token">Admin token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required />
        <button disabled=${isBusy}>Sign in</button>
        <${Problem} text=${problem} />
      </form>
    </main>
  `;
}
