/** Marks a connection while Larder uses it for itself: its statements are none of the application's. */
export const UNOBSERVED = Symbol('larder unobserved');
