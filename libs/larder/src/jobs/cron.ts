/** @returns the moment at which a cron expression is due next after another, in milliseconds @throws for one that cannot be read */
export type Cron = (expression: string, after: number, timeZone: string) => number;

/** Loads the package that computes cron expressions: it takes as long as half of Larder, and only jobs need it. */
export async function loadCron(): Promise<Cron> {
  const { CronExpressionParser } = await import('cron-parser');
  return (expression, after, timeZone) =>
    CronExpressionParser.parse(expression, { currentDate: new Date(after), tz: timeZone })
      .next()
      .getTime();
}
