export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** `0.71–0.83`: the minimum and the maximum. */
export function range(figures: readonly number[], digits: number): string {
  return `${Math.min(...figures).toFixed(digits)}–${Math.max(...figures).toFixed(digits)}`;
}
