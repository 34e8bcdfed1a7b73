/** Paths whose loads send every query that arena's cached routes have. */
const PUBLIC = [
  '/v1/tournaments',
  '/v1/tournaments?status=open',
  '/v1/tournaments?venueId=1',
  '/v1/tournaments?status=open&venueId=1',
  '/v1/tournaments/1',
  '/v1/tournaments/1/entries',
  '/v1/venues',
  '/v1/venues/1',
  ...['newest', 'price', '-price'].flatMap((sort) => ['', '&q=cue'].map((q) => `/marketplace/items?sort=${sort}${q}`)),
  '/marketplace/items/1/state',
  '/marketplace/feed?type=discover',
];
const OF_USER = [
  '/notifications',
  '/notifications?unread=true',
  '/notifications?unread=false',
  '/notifications/unread-count',
  '/marketplace/my/items',
  '/marketplace/my/items?status=sold',
  '/marketplace/my/offers',
  '/marketplace/my/offers?status=open',
  '/marketplace/items/2/offers',
  '/agents/1/performance',
  '/me',
];
/** Without a visit of `/dashboard`, which makes a user an active one. */
const WARMED = { user_ids: ['1'] };
const BATCHES = { users: { user_ids: ['1'] }, products: { product_ids: ['1'] } };

/** Visits each page once, as on a first day: the queries of values that depend on them are registered by their first load. */
export async function visitArena(url, adminToken) {
  const ask = async (path, options) => {
    const response = await fetch(new URL(path, url), options);
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response.json();
  };
  const post = (path, body, headers) =>
    ask(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const { token } = await post('/auth/sign-in', { email: 'player1@arena.test', password: 'arena' });
  for (const path of PUBLIC) await ask(path);
  for (const path of OF_USER) await ask(path, { headers: { Authorization: `Bearer ${token}` } });
  await post('/admin/cache/warm', WARMED, { Authorization: `Bearer ${adminToken}` });
  for (const [what, body] of Object.entries(BATCHES)) await post(`/api/v1/batch/${what}`, body);
}
