const item = (index: number) => ({
  id: `item-${index}`,
  name: `Tournament of the ${index}th week of spring`,
  venueId: `venue-${index % 7}`,
  status: 'open',
  price: index * 1.37,
  stock: index * 3,
  createdAt: new Date(1.7e12 + index * 1e6).toISOString(),
  tags: ['snooker', 'cue'],
  featured: index % 2 === 0,
  owner: { id: `u${index}`, name: `Player ${index}` },
  rating: 4.5,
  note: null,
});

const player = (index: number) => ({
  id: `p${index}`,
  name: `Player number ${index}`,
  seed: index,
  joinedAt: '2026-01-01',
});

/** Typical cached values: an object with a list, and a page of a long list. JSON can represent both. */
export const VALUES: Readonly<Record<string, unknown>> = {
  '1 KB': { ...item(1), players: Array.from({ length: 10 }, (_, index) => player(index)) },
  '50 KB': { items: Array.from({ length: 200 }, (_, index) => item(index)), total: 200, page: 1 },
};
