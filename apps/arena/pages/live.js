import { html, render } from '/app/htm.js';
import { connect, liveClient } from '/app/server.js';
import { note, read, Sources } from '/app/sources.js';

const SVG = 'http://www.w3.org/2000/svg';
const $ = (id) => document.getElementById(id);

/** Makes or moves an element of the map. */
function place(kind, id, attributes) {
  let element = $(id);
  if (!element) {
    element = document.createElementNS(SVG, kind);
    element.id = id;
    element.append(document.createElementNS(SVG, 'title'));
    $('map').append(element);
  }
  const { title, ...others } = attributes;
  element.firstChild.textContent = title;
  for (const [name, value] of Object.entries(others)) element.setAttribute(name, value);
}

const MAX_NAME_LENGTH = 20;

/** Writes a name beside an element of the map; a long one is cut, because it would cover others. */
function name(id, label, x, y) {
  let text = $(id);
  if (!text) {
    text = document.createElementNS(SVG, 'text');
    text.id = id;
    $('map').append(text);
  }
  text.textContent = label.length > MAX_NAME_LENGTH ? `${label.slice(0, MAX_NAME_LENGTH)}…` : label;
  text.style.transform = `translate(${x}px, ${y}px)`;
}

function draw({ players = [], dojos = [], events = [], gone = [] }) {
  for (const { id, name: label, x, y } of players) {
    const walker = id.startsWith('bot:') ? '' : 'walker';
    place('circle', `player:${id}`, { cx: x, cy: y, r: 1.6, class: walker, title: label });
    name(`name:${id}`, label, x, y - 2.5);
  }
  for (const { id, name: label, x, y, status } of dojos) {
    place('rect', `dojo:${id}`, {
      x: x - 3,
      y: y - 3,
      width: 6,
      height: 6,
      class: status,
      title: `${label}: ${status}`,
    });
    name(`name:${id}`, label, x, y + 6.5);
  }
  for (const id of gone) for (const part of ['player', 'name']) $(`${part}:${id}`)?.remove();
  if (events.length > 0) $('event').textContent = events.at(-1);
}

const map = connect();
const enter = () => {
  $('map').replaceChildren();
  map.emit('enter', { region: $('region').value }, draw);
};
map.on('connect', enter);
map.on('disconnect', () => {
  $('live-status').textContent = 'Connection lost: this page may be old. Trying again…';
});
map.on('map', draw);
map.on('announcement', ({ text }) => {
  $('event').textContent = text;
});
$('region').addEventListener('change', enter);

let [x, y] = [50, 50];
function walk(toX, toY) {
  [x, y] = [toX, toY].map((position) => Math.min(100, Math.max(0, position)));
  map.emit('move', { x, y });
}
$('walk').addEventListener('click', (event) => {
  // By the keyboard: there is no place then.
  if (event.detail === 0) return;
  const { left, top, width, height } = $('map').getBoundingClientRect();
  walk(((event.clientX - left) / width) * 100, ((event.clientY - top) / height) * 100);
});
$('walk').addEventListener('keydown', ({ key }) => {
  const [dx, dy] = { ArrowLeft: [-3, 0], ArrowRight: [3, 0], ArrowUp: [0, -3], ArrowDown: [0, 3] }[key] ?? [0, 0];
  if (dx || dy) walk(x + dx, y + dy);
});

let first;
let isPushed = false;
const TOURNAMENTS = '/v1/tournaments?perPage=10';
liveClient().values(
  'TournamentsController.list',
  [{ perPage: 10 }],
  ({ items }) => {
    if (isPushed) note(TOURNAMENTS, { what: 'pushed' });
    isPushed = true;
    first = items[0];
    $('tournaments').replaceChildren(
      ...items.map(({ id, name }) => {
        const link = Object.assign(document.createElement('a'), { href: `/app/tournaments/${id}`, textContent: name });
        const item = Object.assign(document.createElement('li'), { id: `t${id}` });
        item.append(link);
        return item;
      }),
    );
    $('live-status').textContent = 'Live';
  },
  ({ message }) => {
    $('live-status').textContent = message;
  },
);

render(html`<${Sources} />`, $('sources'));
read(TOURNAMENTS).catch(({ message }) => note(TOURNAMENTS, { what: 'failed', message }));

async function json(path, method, body, token) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  const response = await fetch(path, { method, headers, body: JSON.stringify(body) });
  return response.json();
}

$('rename')?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const name = new FormData(event.target).get('name');
  const { token, detail } = await json('/auth/sign-in', 'POST', { email: 'player1@arena.test', password: 'arena' });
  $('rename-problem').textContent = token ? '' : `player1, who renames here, cannot sign in: ${detail}`;
  if (!token) return;
  const renamed = await json(`/v1/tournaments/${first?.id}`, 'PATCH', { name }, token);
  $('rename-problem').textContent = renamed.detail ?? '';
  if (renamed.detail === undefined) event.target.reset();
});
