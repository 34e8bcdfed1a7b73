import { LiveClient } from '/app/live-client.js';
import { io } from '/socket.io/socket.io.esm.min.js';

const TOKEN = 'arena-token';

/** The token of the signed-in user; null for a guest. */
export const token = () => localStorage.getItem(TOKEN);

/** @returns the signed-in user as the token names them; null for a guest or after the token has expired */
export function user() {
  try {
    const [, body] = token().split('.');
    const claims = JSON.parse(new TextDecoder().decode(bytesOf(body)));
    return claims.exp * 1000 > Date.now() ? { id: claims.sub, ...claims } : null;
  } catch {
    return null;
  }
}

function bytesOf(base64url) {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

const ACCOUNT = '/app/account';

/** Goes to another page. Resolves when this one is left: until then an action that leads there is not done. */
export function leave(path) {
  return new Promise((resolve) => {
    addEventListener('pagehide', resolve, { once: true });
    location.assign(path);
  });
}

/** Signs in, and goes back to where the guest came from. */
export function signInWith(given) {
  localStorage.setItem(TOKEN, given);
  const from = new URLSearchParams(location.search).get('from') ?? ACCOUNT;
  const isHere = URL.canParse(from, location.origin) && new URL(from, location.origin).origin === location.origin;
  return leave(isHere ? from : ACCOUNT);
}

export function signOut() {
  localStorage.removeItem(TOKEN);
  return leave(ACCOUNT);
}

/** Goes on as a guest: the server does not know the token, for example because its database is another one now. */
function forget() {
  localStorage.removeItem(TOKEN);
  location.reload();
}

/** Sends a request. @throws Error with the detail of the problem, and what is wrong with each field */
export async function send(method, path, body) {
  const headers = { ...(body && { 'Content-Type': 'application/json' }) };
  const isSignedIn = user() !== null;
  if (isSignedIn) headers.Authorization = `Bearer ${token()}`;
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  const answer = text === '' ? undefined : JSON.parse(text);
  if (response.ok) return { answer, headers: response.headers };
  if (response.status === 401 && isSignedIn) forget();
  const fields = (answer?.errors ?? []).map(({ field, message }) => ` ${field}: ${message}.`).join('');
  throw new Error((answer?.detail ?? `The server answered ${response.status}.`) + fields);
}

/** A socket of the signed-in user, or of a guest. */
export function connect(namespace = '/') {
  const isSignedIn = user() !== null;
  const socket = io(namespace, { auth: isSignedIn ? { token: token() } : {} });
  socket.on('connect_error', ({ message }) => {
    if (isSignedIn && message.startsWith('The token is not valid')) forget();
  });
  return socket;
}

let live;
let isLost = false;
const watchers = new Set();

/** The live queries of this page: one socket for all of them. */
export function liveClient() {
  if (live !== undefined) return live;
  const socket = connect('/live');
  const notify = (isLostNow) => {
    isLost = isLostNow;
    for (const watcher of watchers) watcher(isLost);
  };
  socket.on('connect', () => notify(false));
  // A socket that the server refuses is not active: it does not try again, and the live queries say why.
  for (const event of ['disconnect', 'connect_error']) socket.on(event, () => notify(socket.active));
  live = new LiveClient(socket);
  return live;
}

/** Says whether the connection of the live queries is lost, now and after each change. @returns a function that ends it */
export function onConnection(watcher) {
  watcher(isLost);
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** The events of the signed-in user. @returns a function that ends them */
export function onEvent(name, listener) {
  const socket = connect();
  socket.on(name, listener);
  return () => socket.disconnect();
}
