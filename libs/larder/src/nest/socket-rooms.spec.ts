import { expect, it } from '@jest/globals';
import { SocketRooms } from './socket-rooms.js';

/** A namespace with sockets in rooms of their own, and rooms of these sizes. */
function namespaceOf(sockets: readonly string[], rooms: Readonly<Record<string, number>>) {
  const all = new Map<string, { readonly size: number }>(sockets.map((id) => [id, { size: 1 }]));
  for (const [name, size] of Object.entries(rooms)) all.set(name, { size });
  return { adapter: { rooms: all, sids: new Set(sockets) } };
}

it('names the largest rooms of all namespaces, without those of single sockets', () => {
  const rooms = new SocketRooms();
  rooms.add(new Map([['/', namespaceOf(['s1', 's2'], { a: 2, b: 9, c: 4 })]]));
  rooms.add(new Map([['/live', namespaceOf(['s3'], { d: 5, e: 1 })]]));
  expect(rooms.sizes(3)).toEqual({
    largest: [
      { namespace: '/', name: 'b', sockets: 9 },
      { namespace: '/live', name: 'd', sockets: 5 },
      { namespace: '/', name: 'c', sockets: 4 },
    ],
    count: 5,
    isComplete: true,
  });
  expect(rooms.sizes(20).largest).toHaveLength(5);
});

it('sees namespaces and rooms that come later', () => {
  const rooms = new SocketRooms();
  const namespaces = new Map<string, ReturnType<typeof namespaceOf>>();
  rooms.add(namespaces);
  expect(rooms.sizes(3)).toEqual({ largest: [], count: 0, isComplete: true });
  namespaces.set('/', namespaceOf(['s1'], { a: 1 }));
  expect(rooms.sizes(3).largest).toEqual([{ namespace: '/', name: 'a', sockets: 1 }]);
});

it('stops after many rooms, and says so; a long name is cut', () => {
  const rooms = new SocketRooms();
  const many = Object.fromEntries(Array.from({ length: 20_001 }, (_, index) => [`room ${index}`, index + 1]));
  rooms.add(new Map([['/', namespaceOf([], many)]]));
  const { largest, count, isComplete } = rooms.sizes(1);
  expect([largest[0]?.sockets, count, isComplete]).toEqual([20_000, 20_000, false]);
  const named = new SocketRooms();
  named.add(new Map([['/', namespaceOf([], { ['x'.repeat(500)]: 1 })]]));
  expect(named.sizes(1).largest[0]?.name).toHaveLength(200);
});
