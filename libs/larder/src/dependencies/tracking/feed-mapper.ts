import type { DependencyMapper } from '../../change-feed/log-reader.js';
import { ChangedDependencies } from './changed-dependencies.js';
import { everythingOf, showName } from './dependency-names.js';

/** Maps rows of the change log to the names of dependencies. */
export const feedMapper: DependencyMapper = {
  changedBy(rows, used) {
    const changed = new ChangedDependencies(used);
    for (const [row, columns] of rows) changed.add(row, columns);
    return [...changed.names()];
  },
  everythingOf: (used) => [...used.keys()].map(everythingOf),
  show: showName,
};
