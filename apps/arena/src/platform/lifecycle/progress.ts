/**
 * Receives what a start is doing, as lines for people. Nest's logger cannot say it: its lines stay in a buffer until arena is
 * ready, so that a failed start prints its problems only.
 */
export type Progress = (line: string) => void;

export const silently: Progress = () => {};
