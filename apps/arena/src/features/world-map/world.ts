import { type DojoStatus, dojoStatus, type MapDojo, type MapPlayer, type Region } from './world-map.schemas.js';

const PLAYERS = 8;
const DOJOS = ['Corner Pocket', 'The Chalk', 'Nine Ball Hall'];
const NAMES = ['Ana', 'Ben', 'Cleo', 'Dan', 'Eve', 'Finn', 'Gia', 'Hugo'];
/** How long a dojo stays in one state, in milliseconds. */
const SPELL = 10_000;

/**
 * The simulated world at a time. Computed from the time alone, so that every process has the same world without storing it.
 */
export function playersAt(region: Region, time: number): MapPlayer[] {
  return Array.from({ length: PLAYERS }, (_, index) => {
    const phase = index * 1.7 + region.length;
    return {
      id: `bot:${region}:${index}`,
      name: NAMES[index] as string,
      x: round(50 + 45 * Math.sin(time / (9_000 + 700 * index) + phase)),
      y: round(50 + 45 * Math.cos(time / (7_000 + 900 * index) + phase)),
    };
  });
}

/** Without the simulation all dojos stay open. */
export function standingDojos(region: Region): MapDojo[] {
  return dojosAt(region, 0).map((dojo) => ({ ...dojo, status: 'open' }));
}

export function dojosAt(region: Region, time: number): MapDojo[] {
  return DOJOS.map((name, index) => {
    const turn = Math.floor(time / SPELL) + index * 7 + region.length;
    const status = dojoStatus.options[turn % dojoStatus.options.length] as DojoStatus;
    return { id: `${region}-dojo-${index}`, name, x: 20 + index * 30, y: 25 + index * 25, status };
  });
}

export function gameEventAt(region: Region, time: number): string {
  const turn = Math.floor(time / 1_000) + region.length;
  return `${NAMES[turn % NAMES.length]} runs the table at ${DOJOS[turn % DOJOS.length]}`;
}

function round(position: number): number {
  return Math.round(position * 10) / 10;
}
