/** What a method would have with a part of the memory. */
export interface SharePoint {
  readonly bytes: number;
  /** Milliseconds of loads that its hits save. */
  readonly saved: number;
}

interface Step {
  readonly method: number;
  readonly bytes: number;
  readonly worth: number;
}

/**
 * Divides memory between methods, each part to the method for which it saves the most load time.
 *
 * @param methods the points of each method, from nothing to more than it has
 * @returns the bytes of each method
 */
export function bestShares(methods: readonly (readonly SharePoint[])[], total: number): number[] {
  const steps = methods.flatMap((points, method) => stepsOf(points, method));
  steps.sort((one, other) => other.worth - one.worth);
  const shares = methods.map(() => 0);
  let left = total;
  for (const { method, bytes, worth } of steps) {
    if (worth <= 0 || left <= 0) break;
    const taken = Math.min(left, bytes);
    shares[method] = (shares[method] as number) + taken;
    left -= taken;
  }
  return shares;
}

/** The upper convex hull: a step that alone is worth little may lead to one that is worth much. */
function stepsOf(points: readonly SharePoint[], method: number): Step[] {
  const sorted = [...points].sort((one, other) => one.bytes - other.bytes);
  const hull: SharePoint[] = [{ bytes: 0, saved: 0 }];
  for (const point of sorted) {
    if (point.bytes <= (hull.at(-1) as SharePoint).bytes) continue;
    while (
      hull.length > 1 &&
      worth(hull.at(-2) as SharePoint, hull.at(-1) as SharePoint) <= worth(hull.at(-2) as SharePoint, point)
    ) {
      hull.pop();
    }
    hull.push(point);
  }
  return hull.slice(1).map((point, index) => {
    const before = hull[index] as SharePoint;
    return { method, bytes: point.bytes - before.bytes, worth: worth(before, point) };
  });
}

function worth(from: SharePoint, to: SharePoint): number {
  return (to.saved - from.saved) / (to.bytes - from.bytes);
}
