/** What a cache reports besides its answers. Nothing here ever reaches the caller of a decorated method. */
export type CacheEvent =
  | {
      /** A loaded value could not be kept (mostly a `LarderValueError`); its caller got it all the same. */
      readonly type: 'refused';
      readonly id: string;
      readonly method: string | undefined;
      readonly error: unknown;
    }
  | {
      /** The targets of a write could not be worked out after it had succeeded, so everything was invalidated. */
      readonly type: 'targets-failed';
      readonly method: string;
      readonly error: unknown;
    }
  | {
      /** A pattern is not a prefix: stored paths were searched for it. */
      readonly type: 'searched';
      readonly glob: string;
      readonly matched: number;
    };

export type EventListener = (event: CacheEvent) => void;
