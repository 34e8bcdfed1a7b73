export type JoinType = 'inner' | 'left' | 'right' | 'full';
