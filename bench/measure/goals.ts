/** The bounds for a measurement. */
export interface Goal {
  readonly what: string;
  readonly figure: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Prints which goals are met. With `--check` on the command line a missed goal makes the process fail. */
export function judge(goals: readonly Goal[]): void {
  console.log('');
  for (const goal of goals) {
    const { what, figure, atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = goal;
    const isMet = figure >= atLeast && figure <= atMost;
    const bound = [goal.atLeast !== undefined && `≥ ${goal.atLeast}`, goal.atMost !== undefined && `≤ ${goal.atMost}`];
    console.log(
      `${isMet ? 'met   ' : 'MISSED'}  ${what}: ${figure.toFixed(3)} (goal ${bound.filter(Boolean).join(', ')})`,
    );
    if (!isMet && process.argv.includes('--check')) process.exitCode = 1;
  }
}
