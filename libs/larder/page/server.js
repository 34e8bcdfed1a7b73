/** A refused or failed request: `status` and the server's sentence. */
class Refused extends Error {
  constructor(status, body) {
    super(body?.problem ?? `The server answered ${status}.`);
    this.status = status;
    this.hasToken = body?.hasToken ?? false;
  }
}

async function answerOf(response) {
  const body = await response.json().catch(() => undefined);
  if (!response.ok) throw new Refused(response.status, body);
  return body;
}

/** @param parameters a list of pairs, or an object */
export async function get(route, parameters = {}) {
  const query = String(new URLSearchParams(parameters));
  return answerOf(await fetch(`api/${route}${query && `?${query}`}`, { cache: 'no-store' }));
}

export async function post(route, body = {}) {
  const headers = { 'Content-Type': 'application/json' };
  return answerOf(await fetch(`api/${route}`, { method: 'POST', headers, body: JSON.stringify(body) }));
}
