export {
  type InvalidatingClient,
  LiveClient,
  type LiveProblem,
  type LiveQueries,
  type LiveSocket,
} from './live-client.js';
