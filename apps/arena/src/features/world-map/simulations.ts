/** The parts of the simulation, each behind a flag of its own. */
export const SIMULATIONS = ['player-movement', 'dojo-status', 'game-events'] as const;
